using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tar;

/// <summary>
/// The headers before an entry that add to its own: PAX (<c>x</c>, Solaris' <c>X</c>), GNU long name (<c>L</c>) and long link name
/// (<c>K</c>). Only the last header of a type counts, as in GNU tar and Go. No helper describes another helper (rule 66).
/// </summary>
internal sealed class TarHelpers(TarInput input, EngineContext context)
{
    private readonly TarBytes _paxBytes = new();
    private readonly TarBytes _longName = new();
    private readonly TarBytes _longLink = new();
    private long _bytes;

    public PaxRecords Pax { get; } = new();

    /// <summary>Whether an entry must follow, because there was a helper.</summary>
    public bool Any { get; private set; }

    /// <summary>The name from PAX or GNU; empty when neither gives one.</summary>
    public ReadOnlyMemory<byte> Name => Pax.Path.IsEmpty ? UpToNul(_longName.Memory) : Pax.Path;

    /// <summary>The link name from PAX or GNU; empty when neither gives one.</summary>
    public ReadOnlyMemory<byte> LinkName => Pax.LinkPath.IsEmpty ? UpToNul(_longLink.Memory) : Pax.LinkPath;

    public void Clear()
    {
        _bytes = 0;
        if (!Any)
            return;
        Any = false;
        Pax.Clear();
        _paxBytes.Clear();
        _longName.Clear();
        _longLink.Clear();
    }

    /// <exception cref="OciException">The error names the entry that the header describes, because the header's own name is made
    /// up.</exception>
    public void Read(in TarHeader header)
    {
        Any = true;
        long headerPosition = input.Position - TarHeader.Size;
        bool isComplete = false;
        try
        {
            switch (header.Type)
            {
                case (byte)'L':
                    Read(header, _longName, "a GNU long name");
                    break;
                case (byte)'K':
                    Read(header, _longLink, "a GNU long link name");
                    break;
                default:
                    Pax.Clear();
                    Read(header, _paxBytes, "a PAX header");
                    isComplete = true;
                    Pax.Parse(_paxBytes.Memory, header.Name);
                    break;
            }
        }
        catch (OciException error)
        {
            throw error.About(Described(headerPosition, isComplete));
        }
    }

    /// <summary>Names an entry with unreadable headers: by the headers as far as they were read, or by the next header.</summary>
    private string Described(long headerPosition, bool isComplete)
    {
        if (!Name.IsEmpty)
            return SafeText.Show(Name.Span);
        byte[] block = new byte[TarHeader.Size];
        if (isComplete && input.ReadBlock(block) == block.Length && new TarHeader(block) is { Type: not ((byte)'x' or (byte)'L' or (byte)'K') } next
            && next.TryStoredChecksum(out long stored) && stored == next.Checksum && !next.Name.IsEmpty)
            return SafeText.Show(next.Name);
        return string.Create(CultureInfo.InvariantCulture, $"the one after the header at byte {headerPosition}");
    }

    /// <summary>Counts bytes that are kept for one entry.</summary>
    public void Count(long bytes, ReadOnlySpan<byte> name)
    {
        if (bytes > context.Limits.MaxTarHeaderBytes - _bytes)
            throw TarErrors.HeadersTooLong(name, bytes > long.MaxValue - _bytes ? bytes : _bytes + bytes, context.Limits.MaxTarHeaderBytes);
        _bytes += bytes;
    }

    private void Read(in TarHeader header, TarBytes into, string what)
    {
        long size = TarEntryBuilder.Size(header, null, header.Name);
        Count(size, header.Name);
        into.Clear();
        into.Append(input, (int)size, header.Name, what);
        if (input.SkipPadding(size))
            throw TarErrors.Truncated(header.Name, what, size, size);
    }

    private static ReadOnlyMemory<byte> UpToNul(ReadOnlyMemory<byte> name)
    {
        int end = name.Span.IndexOf((byte)0);
        return end < 0 ? name : name[..end];
    }
}
