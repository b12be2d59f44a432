namespace Oci.Rootfs.Tree;

/// <summary>Names that begin with <c>.wh.</c> (image-spec layer.md, Whiteouts; rules 17 to 23).</summary>
internal static class WhiteoutName
{
    public static ReadOnlySpan<byte> Prefix => ".wh."u8;

    public static ReadOnlySpan<byte> Opaque => ".wh..wh..opq"u8;

    private static ReadOnlySpan<byte> AufsPrefix => ".wh..wh."u8;

    public static bool IsMarker(ReadOnlySpan<byte> name) => name.StartsWith(Prefix);

    /// <summary>AUFS's own files (<c>.wh..wh.plnk</c>, <c>.wh..wh.aufs</c>), which some old layers contain (rule 20).</summary>
    public static bool IsAufs(ReadOnlySpan<byte> name) => name.StartsWith(AufsPrefix) && !name.SequenceEqual(Opaque);
}
