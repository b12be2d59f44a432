using System.Text;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Benchmarks.Floor;

/// <summary>
/// A tree's nodes in memory, for writing them once more by the fewest system calls with an equal result. One thread writes. It holds a
/// directory's handle while it makes the children, and sets no owner or mode that a new node already has. Contents keep their length, but
/// not their bytes. It runs as root, with the usual umask.
/// </summary>
internal sealed unsafe class WriteList
{
    private const uint UsualUmask = 0x12, SetId = 0xC00; // 0022, 06000

    private readonly List<Node> _nodes = [];

    public int Count => _nodes.Count;

    public static WriteList Of(string tree)
    {
        WriteList list = new();
        Dictionary<ulong, byte[]> linked = [];
        Stack<(string Path, int Depth)> pending = new([(tree, 0)]);
        while (pending.TryPop(out (string Path, int Depth) at))
        {
            Linux.StatXResult stat = Stat(at.Path);
            string? target = (stat.Mode & Linux.FileTypeMask) == Linux.Symlink ? new FileInfo(at.Path).LinkTarget : null;
            byte[]? first = null;
            byte[] relative = Terminated(Path.GetRelativePath(tree, at.Path));
            if (stat is { IsDirectory: false, Links: > 1 } && !linked.TryGetValue(stat.Inode, out first))
                linked.Add(stat.Inode, relative);
            list._nodes.Add(new Node(Terminated(Path.GetFileName(at.Path)), at.Depth, stat, target is null ? null : Terminated(target), first));
            if (stat.IsDirectory)
            {
                foreach (string child in Directory.EnumerateFileSystemEntries(at.Path).OrderDescending(StringComparer.Ordinal))
                    pending.Push((child, at.Depth + 1));
            }
        }
        return list;
    }

    public void Write(string destination, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(destination);
        Stack<(int Handle, Node Node)> open = new([(Check(Linux.Open(destination, Linux.ORdOnly | Linux.ODirectory, 0)), _nodes[0])]);
        int root = open.Peek().Handle;
        foreach (Node node in _nodes.Skip(1))
        {
            while (open.Count > node.Depth)
                FinishDirectory(open.Pop());
            int parent = open.Peek().Handle;
            fixed (byte* name = node.Name, target = node.Target, first = node.First)
            {
                if (node.Stat.IsDirectory)
                {
                    Check(Linux.MkdirAt(parent, name, Mode(node)));
                    open.Push((Check(Linux.OpenAt(parent, name, Linux.ORdOnly | Linux.ODirectory, 0)), node));
                }
                else if (first is not null)
                    Check(Linux.LinkAt(root, first, parent, name, 0));
                else if (target is not null)
                    WriteLink(parent, name, target, node);
                else if ((node.Stat.Mode & Linux.FileTypeMask) == Linux.Regular)
                    WriteFile(Check(Linux.OpenAt(parent, name, Linux.OCreat | Linux.OExcl | Linux.OWrOnly, Mode(node))), node, content);
            }
        }
        while (open.TryPop(out (int Handle, Node Node) last))
            FinishDirectory(last);
    }

    private static void WriteLink(int parent, byte* name, byte* target, Node node)
    {
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        Check(Linux.SymlinkAt(target, parent, name));
        if (IsOthers(node))
            Check(Linux.ChownAt(parent, name, node.Stat.Uid, node.Stat.Gid, Linux.AtSymlinkNofollow));
        Check(Linux.SetTimesAt(parent, name, times, Linux.AtSymlinkNofollow));
    }

    private static void WriteFile(int file, Node node, ReadOnlySpan<byte> content)
    {
        fixed (byte* bytes = content)
        {
            for (long left = (long)node.Stat.Size; left > 0;)
                left -= Check((int)Linux.Write(file, bytes, (nuint)Math.Min(left, content.Length)));
        }
        Finish(file, node);
    }

    private static void FinishDirectory((int Handle, Node Node) directory) => Finish(directory.Handle, directory.Node);

    private static void Finish(int handle, Node node)
    {
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        if (IsOthers(node))
            Check(Linux.Chown(handle, node.Stat.Uid, node.Stat.Gid));
        if (IsOthers(node) || (Mode(node) & (UsualUmask | SetId)) != 0)
            Check(Linux.Chmod(handle, Mode(node)));
        Check(Linux.SetTimes(handle, times));
        Check(Linux.Close(handle));
    }

    private static uint Mode(Node node) => node.Stat.Mode & 0xFFFu;

    private static bool IsOthers(Node node) => (node.Stat.Uid | node.Stat.Gid) != 0;

    private static Linux.StatXResult Stat(string path)
    {
        Linux.StatXResult result;
        fixed (byte* name = Terminated(path))
            Check(Linux.StatX(Linux.AtFdCwd, name, Linux.AtSymlinkNofollow, Linux.StatXResult.BasicStats, &result));
        return result;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static int Check(int result) => result >= 0 ? result : throw new IOException($"errno {Linux.Errno}");

    /// <param name="Name">The last component, with a NUL at its end like all names here.</param>
    /// <param name="Depth">0 for the root.</param>
    /// <param name="Stat">Kind, mode, owner, size.</param>
    /// <param name="Target">A symlink's target.</param>
    /// <param name="First">The path of the first name, for a further name of a file.</param>
    private sealed record Node(byte[] Name, int Depth, Linux.StatXResult Stat, byte[]? Target, byte[]? First);
}
