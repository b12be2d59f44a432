using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

/// <summary>What the reader says of one entry, kept. Names are shown byte by byte (Latin-1), so that nothing is lost.</summary>
internal sealed record TarSnapshot
{
    public required string Name { get; init; }

    public required EntryKind Kind { get; init; }

    public required string LinkName { get; init; }

    public required uint Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required FileTime Mtime { get; init; }

    public required long Size { get; init; }

    public required (uint Major, uint Minor) Device { get; init; }

    public required string[] Xattrs { get; init; }

    public required byte[] Content { get; init; }

    public required int Ordinal { get; init; }

    public required bool IsSparse { get; init; }

    public string Text => Encoding.UTF8.GetString(Content);

    public static IReadOnlyList<TarSnapshot> Read(byte[] archive, int pieceLength = 64 << 10, RootfsLimits? limits = null, RootfsLog? log = null)
    {
        PieceInput input = new(archive, pieceLength);
        TarReader reader = new(input, new EngineContext(limits ?? new RootfsLimits(), log ?? RootfsLog.None));
        List<TarSnapshot> entries = [];
        while (reader.Read() is { } entry)
            entries.Add(Of(reader, entry));
        Assert.Null(reader.Read());
        reader.Drain();
        Assert.Equal(archive.Length, input.Position);
        return entries;
    }

    public static TarSnapshot Single(byte[] archive) => Assert.Single(Read(archive));

    public static TarSnapshot Of(TarReader reader, TarEntry entry) => new()
    {
        Ordinal = entry.Ordinal,
        Name = Shown(entry.Name.Span),
        Kind = entry.Kind,
        LinkName = Shown(entry.LinkName.Span),
        Mode = entry.Mode,
        Uid = entry.Uid,
        Gid = entry.Gid,
        Mtime = entry.Mtime,
        Size = entry.Size,
        Device = (entry.DeviceMajor, entry.DeviceMinor),
        Xattrs = [.. entry.Xattrs.Select(static x => $"{Shown(x.Name)}={Shown(x.Value)}")],
        IsSparse = reader.IsSparse,
        Content = ReadContent(reader, entry.Size),
    };

    /// <summary>The content with its holes as zeros; of what is longer than 4 MiB only as much.</summary>
    private static byte[] ReadContent(TarReader reader, long size)
    {
        byte[] content = new byte[Math.Min(size, 4 << 20)];
        long end = 0;
        while (reader.ReadContent(out long offset, out ReadOnlySpan<byte> data))
        {
            Assert.True(offset >= end);
            Assert.False(data.IsEmpty);
            end = offset + data.Length;
            Assert.True(end <= size);
            if (offset < content.Length)
                data[..(int)Math.Min(data.Length, content.Length - offset)].CopyTo(content.AsSpan((int)offset));
        }
        return content;
    }

    private static string Shown(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
