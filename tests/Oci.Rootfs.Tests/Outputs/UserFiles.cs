using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>A tree with <c>/etc/passwd</c> and <c>/etc/group</c>, and the files that were read of it.</summary>
internal sealed class UserFiles
{
    private readonly Dictionary<Inode, byte[]> _contents = new(ReferenceEqualityComparer.Instance);

    /// <param name="passwd">The content of the file; null for no such file.</param>
    /// <param name="group">The content of the other one.</param>
    public UserFiles(string? passwd, string? group)
    {
        Tree.Add("etc", TreeBuilder.Directory());
        Add("etc/passwd", passwd);
        Add("etc/group", group);
    }

    public TreeBuilder Tree { get; } = new();

    /// <summary>How many files were read.</summary>
    public int Read { get; private set; }

    public UserLookup Lookup => new(Tree.Tree, ReadFile, new EngineContext());

    private void Add(string path, string? text)
    {
        if (text is null)
            return;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Inode file = new() { Kind = EntryKind.File, Size = bytes.Length };
        _contents.Add(file, bytes);
        Tree.Add(path, file);
    }

    private byte[] ReadFile(Inode file)
    {
        Read++;
        return _contents[file];
    }
}
