namespace Oci.Rootfs.Tests.Tree;

/// <summary>What stands at one or more paths of the <see cref="TreeModel"/>.</summary>
internal sealed class ModelNode
{
    public required string Kind;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public long Mtime;
    public long Size;
    public int Layer;
    public int Index;
    public string Target = "";
    public uint Major;
    public uint Minor;
    public SortedDictionary<string, string> Xattrs = new(StringComparer.Ordinal);
}
