using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Turns the <c>User</c> of an image's config into numbers (image-spec config.md and conversion.md). It looks names up in the image's own
/// <c>/etc/passwd</c> and <c>/etc/group</c>.
/// </summary>
/// <param name="tree">The merged tree.</param>
/// <param name="read">Reads a whole file of the tree.</param>
/// <param name="context">Cancellation.</param>
internal sealed class UserLookup(RootfsTree tree, Func<Inode, byte[]> read, EngineContext context)
{
    /// <summary>Honest files have some kilobytes.</summary>
    public const int MostBytes = 1 << 20;

    private const string Users = "etc/passwd";
    private const string Groups = "etc/group";

    /// <param name="user"><c>user</c>, <c>uid</c>, <c>user:group</c>, <c>uid:gid</c>, <c>uid:group</c> or <c>user:gid</c>; null for none.</param>
    /// <exception cref="OciException">The image has no such user or group, or a number is no user or group.</exception>
    public RunUser Find(string? user)
    {
        if (string.IsNullOrEmpty(user))
            return RunUser.Root;
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? user : user[..colon];
        string group = colon < 0 ? "" : user[(colon + 1)..];
        bool isNumber = TryParse(name, user, out uint uid);
        // Numbers of both need nothing of the image.
        if (isNumber && group.Length > 0)
            return new RunUser(uid, FindGroup(group, user), []);
        byte[]? users = Read(Users);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        bool isKnown = TryFindUser(users, nameBytes, isNumber ? uid : null, out uint found, out uint gid);
        // Like docker and podman, a user without a line in the file has the group 0.
        if (isNumber)
            return new RunUser(uid, gid, []);
        if (!isKnown)
            throw RunErrors.UnknownName("user", name, user, Users, users is not null);
        return group.Length > 0 ? new RunUser(found, FindGroup(group, user), []) : new RunUser(found, gid, GroupsOf(nameBytes));
    }

    private static bool TryParse(string text, string user, out uint id)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (UserLines.TryParseId(bytes, out id))
            return true;
        return UserLines.IsNumber(bytes) ? throw RunErrors.IdOutOfRange(text, user) : false;
    }

    /// <summary>The first line with this number or this name counts, as in the C library.</summary>
    private static bool TryFindUser(byte[]? file, ReadOnlySpan<byte> name, uint? uid, out uint found, out uint gid)
    {
        UserLines lines = new(file);
        while (lines.NextUser(out gid))
        {
            found = lines.Id;
            if (uid is null ? lines.Name.SequenceEqual(name) : found == uid)
                return true;
        }
        found = gid = 0;
        return false;
    }

    private uint FindGroup(string group, string user)
    {
        if (TryParse(group, user, out uint gid))
            return gid;
        byte[]? file = Read(Groups);
        byte[] name = Encoding.UTF8.GetBytes(group);
        UserLines lines = new(file);
        while (lines.NextGroup())
        {
            if (lines.Name.SequenceEqual(name))
                return lines.Id;
        }
        throw RunErrors.UnknownName("group", group, user, Groups, file is not null);
    }

    /// <summary>The groups that list the user as a member, each once.</summary>
    private List<uint> GroupsOf(ReadOnlySpan<byte> user)
    {
        List<uint> groups = [];
        HashSet<uint> known = [];
        UserLines lines = new(Read(Groups));
        while (lines.NextGroup())
        {
            ReadOnlySpan<byte> rest = lines.Rest;
            int colon = rest.IndexOf((byte)':');
            if (UserLines.HasMember(colon < 0 ? rest : rest[..colon], user) && known.Add(lines.Id))
                groups.Add(lines.Id);
        }
        return groups;
    }

    /// <returns>Null where the tree has no such file.</returns>
    private byte[]? Read(string path)
    {
        if (TreePaths.Find(tree, Encoding.UTF8.GetBytes(path), context) is not { Kind: EntryKind.File } file)
            return null;
        return file.Size <= MostBytes ? read(file) : throw RunErrors.UserFileTooLarge(path, MostBytes, file.Size);
    }
}
