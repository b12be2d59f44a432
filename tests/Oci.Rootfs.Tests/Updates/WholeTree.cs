using System.Globalization;
using System.Text;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>
/// Everything about a tree that an image decides: kinds, modes, owners, times, link groups, targets, attributes and bytes. It asks the system
/// itself, in this process: there are tests that compare many thousand trees.
/// </summary>
internal static class WholeTree
{
    public static IReadOnlyList<string> Of(string root)
    {
        List<string> lines = [];
        Dictionary<ulong, string> groups = [];
        Add(root, ".", lines, groups);
        return lines;
    }

    private static void Add(string root, string path, List<string> lines, Dictionary<ulong, string> groups)
    {
        string full = Path.Combine(root, path);
        Linux.StatXResult node = Stat(full);
        uint kind = node.Mode & Linux.FileTypeMask;
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{path} {Convert.ToString(node.Mode, 8)} {node.Uid}:{node.Gid} {node.ModifiedSeconds}.{node.ModifiedNanoseconds}");
        if (kind != Linux.Directory)
        {
            groups.TryAdd(node.Inode, path);
            line.Append(CultureInfo.InvariantCulture, $" {node.Links} {groups[node.Inode]}");
        }
        line.Append(kind switch
        {
            Linux.Regular => $" {node.Size} {Content(full)}",
            Linux.Symlink => $" -> {new FileInfo(full).LinkTarget}",
            Linux.CharacterDevice or Linux.BlockDevice => $" {node.NodeMajor}:{node.NodeMinor}",
            _ => "",
        });
        if (kind is Linux.Regular or Linux.Directory)
            line.Append(' ').AppendJoin(' ', DiskTree.Xattrs(full));
        lines.Add(line.ToString());
        if (kind != Linux.Directory)
            return;
        foreach (string entry in Directory.GetFileSystemEntries(full).Select(static e => Path.GetFileName(e)!).Order(StringComparer.Ordinal))
            Add(root, path == "." ? entry : path + "/" + entry, lines, groups);
    }

    private static string Content(string file)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(file);
            return bytes.Length < 100 ? Encoding.Latin1.GetString(bytes) : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        }
        catch (UnauthorizedAccessException)
        {
            return "(closed)";
        }
    }

    private static unsafe Linux.StatXResult Stat(string path)
    {
        Linux.StatXResult result;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            Assert.Equal(0, Linux.StatX(Linux.AtFdCwd, name, Linux.AtSymlinkNofollow, Linux.StatXResult.BasicStats, &result));
        return result;
    }
}
