using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs;

/// <summary>
/// The contents of a tree without a directory: one behind the other in a private file without a name, which ends with the process. Nothing
/// here needs an owner, a mode or any system call of Linux alone. Several threads add contents at once, each of a layer of its own; only when
/// they are done are contents read.
/// </summary>
/// <param name="paths">The image's paths.</param>
/// <param name="directory">Where the file is made.</param>
/// <param name="cancellation">Checked with every piece.</param>
internal sealed class ContentSpool(PathTable paths, string directory, CancellationToken cancellation) : IContentSink, ITreeContents
{
    /// <summary>
    /// A shorter hole is kept as zeros, which are a hole of the spool. So the pieces of a sparse file are few, whatever its map says.
    /// </summary>
    private const int LeastHole = 64 << 10;

    private readonly UpperLayers _upper = new(paths);

    /// <summary>The content's place in the list, counted from 1.</summary>
    private readonly ContentIndex _places = new();
    private readonly Paged<Kept> _contents = new();
    private readonly Paged<Piece> _pieces = new();
    private readonly Lock _lock = new();
    private SafeFileHandle? _file;
    private long _end;

    /// <summary>The pieces of one content.</summary>
    private readonly record struct Kept(long Size, int FirstPiece, int Pieces);

    /// <summary>A run of data: its place in its file, and in the spool.</summary>
    private readonly record struct Piece(long Offset, long Place, long Length);

    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        if (!row.IsAufs && MayNeed(content, row.Path))
            Keep(file, content, row);
    }

    public void EndLayer(LayerTable layer)
    {
        lock (paths.Lock)
            _upper.Add(layer);
    }

    /// <summary>Keeps a file's content.</summary>
    public void Keep(IEntryContent file, ContentRef content, in LayerRow row)
    {
        Run run = new(this);
        try
        {
            while (file.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            {
                cancellation.ThrowIfCancellationRequested();
                run.Add(offset, data);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(directory, e);
        }
        lock (_lock)
        {
            _contents.Add(new Kept(row.Size, _pieces.Count, run.Count));
            for (int i = 0; i < run.Count; i++)
                _pieces.Add(run[i]);
            _places.Set(content, _contents.Count);
        }
    }

    /// <summary>Whether a content was kept: an upper layer may have seemed to hide it.</summary>
    public bool Has(ContentRef content) => _places[content] != 0;

    public ITreeContent Open(Inode file) => new Content(this, _contents[_places[file.Content] - 1]);

    public void Dispose() => _file?.Dispose();

    private bool MayNeed(ContentRef content, int path)
    {
        lock (paths.Lock)
            return !_upper.Hide(path, content.Layer) || _upper.Link(path, content.Layer);
    }

    /// <summary>The pieces of one content, while it is written.</summary>
    private sealed class Run(ContentSpool spool)
    {
        private Piece[] _pieces = new Piece[1];

        public int Count { get; private set; }

        public Piece this[int index] => _pieces[index];

        public void Add(long offset, ReadOnlySpan<byte> data)
        {
            if (!data.ContainsAnyExcept((byte)0) && data.Length >= LeastHole)
                return;
            RandomAccess.Write(spool._file ?? spool.Create(), data, Reserve(offset, data.Length));
        }

        /// <summary>A place in the spool. It joins the last piece if nobody else has got one in between.</summary>
        private long Reserve(long offset, long length)
        {
            lock (spool._lock)
            {
                Piece last = Count > 0 ? _pieces[Count - 1] : default;
                long hole = offset - (last.Offset + last.Length);
                if (Count > 0 && hole < LeastHole && spool._end == last.Place + last.Length)
                {
                    spool._end += hole + length;
                    _pieces[Count - 1] = last with { Length = last.Length + hole + length };
                    return spool._end - length;
                }
                if (Count == _pieces.Length)
                    Arrays.Grow(ref _pieces, 2 * Count);
                _pieces[Count++] = new Piece(offset, spool._end, length);
                spool._end += length;
                return spool._end - length;
            }
        }
    }

    private SafeFileHandle Create()
    {
        lock (_lock)
            return _file ??= NewFile.CreateNameless(directory);
    }

    /// <summary>Reads pieces, and zeros between them.</summary>
    private sealed class Content(ContentSpool spool, Kept kept) : ITreeContent
    {
        private int _piece;

        public int Read(long offset, Span<byte> buffer)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, Math.Max(0, kept.Size - offset))];
            if (buffer.IsEmpty)
                return 0;
            Piece piece = Find(offset);
            if (offset < piece.Offset)
            {
                buffer = buffer[..(int)Math.Min(buffer.Length, piece.Offset - offset)];
                buffer.Clear();
                return buffer.Length;
            }
            long within = offset - piece.Offset;
            return RandomAccess.Read(spool._file!, buffer[..(int)Math.Min(buffer.Length, piece.Length - within)], piece.Place + within);
        }

        public long NextData(long offset) => offset >= kept.Size ? kept.Size : Math.Max(offset, Find(offset).Offset);

        public void Dispose()
        {
            // The spool owns the file.
        }

        /// <summary>The piece at an offset, or the next one after it; an empty one at the end of the file if there is none.</summary>
        private Piece Find(long offset)
        {
            if (_piece > 0 && At(_piece - 1) is var before && before.Offset + before.Length > offset)
                _piece = 0;
            while (_piece < kept.Pieces && At(_piece) is var piece && piece.Offset + piece.Length <= offset)
                _piece++;
            return _piece < kept.Pieces ? At(_piece) : new Piece(kept.Size, 0, 0);
        }

        private Piece At(int piece) => spool._pieces[kept.FirstPiece + piece];
    }
}
