using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tar;

/// <summary>
/// Reads a tar archive, forward only: V7, ustar, star, old GNU and PAX headers in any mix (rules 60 to 77). For an entry it allocates
/// memory only for extended attributes. Not for several threads.
/// </summary>
internal sealed class TarReader(TarInput input, EngineContext context) : IEntryContent
{
    private readonly TarEntry _entry = new();
    private readonly byte[] _block = new byte[TarHeader.Size];
    private readonly TarHelpers _helpers = new(input, context);
    private readonly TarEntryBuilder _builder = new();
    private readonly TarEntryContent _content = new(input, context);
    private long _headerPosition;
    private int _nextOrdinal;
    private bool _ended;
    private bool _aclWarned;
    private bool _globalWarned;

    /// <summary>The place in the input where the entry's stored data begins. If the file is not sparse, that data is its content.</summary>
    public long ContentPosition => _content.Position;

    /// <summary>Whether the entry is a sparse file: its content is not in the archive in one piece.</summary>
    public bool IsSparse => _content.IsSparse;

    /// <summary>The places of a sparse file's stored data. Valid until the next entry is read.</summary>
    public ReadOnlySpan<SparseMap.Extent> Extents => _content.Extents;

    /// <summary>The bytes that a sparse file takes on the disk, in whole blocks, beyond its bytes in the archive.</summary>
    public long BlocksBeyondData => _content.BlocksBeyondData;

    /// <summary>
    /// Reads the next entry, always into the same object; null at the end of the archive. It skips unread content of the last entry.
    /// </summary>
    /// <exception cref="OciException">OCI4001 to OCI4049, OCI4201, OCI4202.</exception>
    public TarEntry? Read()
    {
        if (_ended)
            return null;
        _content.Finish();
        _helpers.Clear();
        while (ReadHeader())
        {
            // Headers without an entry may continue for the whole archive.
            context.ThrowIfCancelled();
            TarHeader header = new(_block);
            switch (header.Type)
            {
                case (byte)'g':
                    SkipGlobalHeader(header);
                    break;
                case (byte)'x' or (byte)'X' or (byte)'L' or (byte)'K':
                    _helpers.Read(header);
                    break;
                default:
                    return ReadEntry(header);
            }
        }
        _ended = true;
        return _helpers.Any ? throw TarErrors.HeaderWithoutEntry() : null;
    }

    /// <summary>
    /// Reads the next piece of the entry's content, in place in the input's buffer: valid until the next call of any member. The holes of a
    /// sparse file are left out.
    /// </summary>
    /// <param name="offset">The piece's place in the file.</param>
    /// <param name="data">At least one byte, unless the content has ended.</param>
    /// <returns>False at the end of the content, and for an entry that is no file.</returns>
    public bool ReadContent(out long offset, out ReadOnlySpan<byte> data) => _content.Read(out offset, out data);

    /// <summary>Moves over all remaining bytes: data behind the archive's end counts for digests only (rule 74).</summary>
    public void Drain()
    {
        _content.Release();
        const long step = 1L << 40;
        while (input.Skip(step) == step)
        {
        }
        _ended = true;
    }

    private TarEntry ReadEntry(in TarHeader header)
    {
        _entry.Ordinal = _nextOrdinal++;
        _builder.Build(_entry, header, _block, _helpers);
        if (_entry.Name.IsEmpty)
            throw TarErrors.EmptyName(_headerPosition);
        if (_helpers.Pax.HasAcl && !_aclWarned)
        {
            _aclWarned = true;
            context.Log.Warning(TarErrors.AclRecord,
                $"ACLs in SCHILY.acl records are ignored, first those of '{SafeText.Show(_entry.Name.Span)}': layers carry ACLs as extended attributes.");
        }
        _entry.Size = 0;
        if (_entry.Kind == EntryKind.File)
            _entry.Size = _content.Open(header, _helpers, _entry.Name);
        else
            _content.OpenNothing();
        return _entry;
    }

    /// <summary>False at the end of the archive: zeros, or no more data (rules 74 and 75).</summary>
    private bool ReadHeader()
    {
        _headerPosition = input.Position;
        int length = input.ReadBlock(_block);
        if (length == 0)
            return false;
        _block.AsSpan(length).Clear();
        TarHeader header = new(_block);
        if (_block[0] == 0 && header.IsZero)
        {
            WarnOfDataAfterLoneZeroBlock();
            return false;
        }
        if (length < TarHeader.Size)
            throw TarErrors.Truncated(header.Name, "a header", TarHeader.Size, length);
        CheckSum(header, _headerPosition);
        return true;
    }

    private static void CheckSum(in TarHeader header, long position)
    {
        if (!header.TryStoredChecksum(out long stored))
            throw TarErrors.NotAHeader(position);
        int computed = header.Checksum;
        if (stored != computed && stored != header.SignedChecksum)
            throw TarErrors.WrongChecksum(header.Name, position, stored, computed);
    }

    private void WarnOfDataAfterLoneZeroBlock()
    {
        long position = input.Position;
        int length = input.ReadBlock(_block);
        if (_block.AsSpan(0, length).ContainsAnyExcept((byte)0))
        {
            context.Log.Warning(TarErrors.DataAfterEnd,
                $"The archive has one zero block where the end has two, and data after it, at byte {position}: they are not read.");
        }
    }

    private void SkipGlobalHeader(in TarHeader header)
    {
        if (!_globalWarned)
            context.Log.Warning(TarErrors.GlobalHeader, "The archive has PAX global headers: they are ignored.");
        _globalWarned = true;
        long size = TarEntryBuilder.Size(header, null, header.Name);
        long skipped = input.Skip(size);
        if (skipped < size || input.SkipPadding(size))
            throw TarErrors.Truncated(header.Name, "a PAX global header", size, skipped);
    }
}
