using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Own;

/// <summary>
/// Sets the owners of the user's own nodes in the finished tree. Names are looked up in the tree's own <c>/etc/passwd</c> and
/// <c>/etc/group</c>, which may be own files themselves.
/// </summary>
/// <param name="tree">The finished tree.</param>
/// <param name="read">Reads a file of the tree; called only where there is a name to look up.</param>
/// <param name="context">Cancellation.</param>
internal sealed class OwnerNames(RootfsTree tree, Func<Inode, byte[]> read, EngineContext context)
{
    /// <summary>Honest files have some kilobytes.</summary>
    public const int MostBytes = 1 << 20;

    private const string Users = "etc/passwd";
    private const string Groups = "etc/group";

    private readonly Dictionary<string, byte[]?> _files = new(StringComparer.Ordinal);

    /// <exception cref="OciException">OCI6404: the text is no name and no number.</exception>
    public static void Check(string path, string owner)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(owner);
        bool isName = !UserLines.IsNumber(bytes) && owner.Length > 0 && !owner.Contains(':', StringComparison.Ordinal) && OwnPath.Bytes(owner) is not null && !OwnPath.HasControl(owner);
        if (!isName && !UserLines.TryParseId(bytes, out _))
            throw OwnErrors.BadOwner(path, owner);
    }

    /// <exception cref="OciException">OCI6405, OCI6415.</exception>
    public void Set(IReadOnlyList<OwnedNode> nodes)
    {
        foreach (OwnedNode node in nodes)
        {
            context.ThrowIfCancelled();
            if (node.Owner is not null)
                SetOwner(node, node.Owner);
            if (node.Group is not null)
                node.Inode.Gid = FindGroup(node, Encoding.UTF8.GetBytes(node.Group));
        }
    }

    private void SetOwner(OwnedNode node, string owner)
    {
        byte[] name = Encoding.UTF8.GetBytes(owner);
        // As COPY --chown has it: a number alone is the group's number too.
        uint gid = 0;
        if (UserLines.TryParseId(name, out uint uid))
            gid = uid;
        else
            FindUser(node, name, out uid, out gid);
        (node.Inode.Uid, node.Inode.Gid) = (uid, gid);
    }

    private void FindUser(OwnedNode node, ReadOnlySpan<byte> name, out uint uid, out uint gid)
    {
        byte[]? file = Read(Users);
        UserLines lines = new(file);
        while (lines.NextUser(out gid))
        {
            uid = lines.Id;
            if (lines.Name.SequenceEqual(name))
                return;
        }
        throw OwnErrors.UnknownName(node.Path, "user", node.Owner!, Users, file is not null);
    }

    private uint FindGroup(OwnedNode node, ReadOnlySpan<byte> name)
    {
        if (UserLines.TryParseId(name, out uint gid))
            return gid;
        byte[]? file = Read(Groups);
        UserLines lines = new(file);
        while (lines.NextGroup())
        {
            if (lines.Name.SequenceEqual(name))
                return lines.Id;
        }
        throw OwnErrors.UnknownName(node.Path, "group", node.Group!, Groups, file is not null);
    }

    /// <returns>Null where the tree has no such file.</returns>
    private byte[]? Read(string path)
    {
        if (_files.TryGetValue(path, out byte[]? known))
            return known;
        Inode? file = TreePaths.Find(tree, Encoding.UTF8.GetBytes(path), context);
        if (file is { Kind: EntryKind.File, Size: > MostBytes })
            throw OwnErrors.UserFileTooLarge(path, MostBytes, file.Size);
        return _files[path] = file is { Kind: EntryKind.File } ? read(file) : null;
    }
}
