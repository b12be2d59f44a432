using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Sources;

/// <summary>
/// The files of an image archive, found in one pass over its headers and read where they lie. The archive stays open, so a new file under
/// its name changes nothing. Owns the handle.
/// </summary>
internal sealed class ArchiveFiles : IDisposable
{
    private const int MostLinks = 40;

    /// <summary>The longest path that Linux knows; names in documents and links are shorter.</summary>
    private const int MostNameBytes = 4096;

    /// <summary>
    /// An archive's entry takes more memory than a layer's, because it is a name to look up and not a path of the tree. Honest archives
    /// have some hundreds of entries.
    /// </summary>
    private const int ShareOfLimits = 8;

    private readonly SafeFileHandle _file;
    private readonly EngineContext _context;
    private readonly Dictionary<string, ArchiveEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Names that occur more than once, and whether their contents agree. Each is compared once.</summary>
    private readonly Dictionary<string, bool> _duplicatesAgree = new(StringComparer.Ordinal);
    private long _nameBytes;
    private long _holeBytes;
    private int _count;

    /// <exception cref="OciException">The archive is damaged, or too large for the limits.</exception>
    public ArchiveFiles(SafeFileHandle file, long length, EngineContext context)
    {
        _file = file;
        _context = context;

        // Oddities in an outer archive's headers need no warning: only contents count, and they have digests.
        TarReader reader = new(new FileTarInput(file, length), context.Quiet);
        try
        {
            while (reader.Read() is { } entry)
            {
                context.ThrowIfCancelled();
                Add(entry, reader);
            }
        }
        catch (OciException e) when (e.IsDamage)
        {
            throw SourceErrors.DamagedArchive($"{e.Problem}{(e.Found is null ? "" : $" ({e.Found})")}", e);
        }
    }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>Reads a document that must be a file itself, not a link; null where it is absent.</summary>
    /// <exception cref="OciException">It is no regular file, occurs twice with different contents, or is too long.</exception>
    public byte[]? ReadDocument(string name)
    {
        if (!_entries.TryGetValue(name, out ArchiveEntry? entry))
            return null;
        CheckDuplicates(name, entry);
        RequireFile(name, entry);
        return ReadDocument(name, entry);
    }

    /// <summary>
    /// Finds the regular file of this name, or the one that a link of this name leads to (rule 98); null where there is none.
    /// </summary>
    /// <exception cref="OciException">It is no regular file, a link leads nowhere, or the name occurs twice with different
    /// contents.</exception>
    public ArchiveEntry? Find(string name)
    {
        if (!_entries.TryGetValue(name, out ArchiveEntry? entry))
            return null;
        string at = name;
        for (int hops = 0; ; hops++)
        {
            CheckDuplicates(at, entry);
            if (!entry.IsLink)
                break;
            if (hops == MostLinks)
                throw SourceErrors.BadLink(ArchiveName.Show(name), "a circle, or more than 40 links in a row");
            if (entry.Target is null)
                throw SourceErrors.BadLink(ArchiveName.Show(name), "a link out of the archive, or to a name of more than 4096 bytes");
            at = entry.Target;
            if (!_entries.TryGetValue(at, out entry))
                throw SourceErrors.BadLink(ArchiveName.Show(name), $"a link to '{ArchiveName.Show(at)}', which is not there");
        }
        RequireFile(at, entry);
        return entry;
    }

    /// <summary>Reads the document that <see cref="Find"/> found.</summary>
    public byte[] ReadDocument(string name, ArchiveEntry entry)
    {
        string shown = ArchiveName.Show(name);
        if (entry.Size > _context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(shown, _context.Limits.MaxJsonBytes, entry.Size);
        byte[] bytes = new byte[entry.Size];
        using Stream stream = Open(entry, shown);
        stream.ReadExactly(bytes);
        return bytes;
    }

    public Stream Open(ArchiveEntry entry, string name)
    {
        if (entry.Extents is not { } extents)
            return new FileRangeStream(_file, entry.Offset, entry.Size, name, ownsHandle: false);
        long stored = extents.Sum(static e => e.Length);
        return new SparseRangeStream(new FileRangeStream(_file, entry.Offset, stored, name, ownsHandle: false), extents, entry.Size);
    }

    public void Dispose() => _file.Dispose();

    private void Add(TarEntry entry, TarReader reader)
    {
        // No document or link asks for such a name, so it is not worth the memory.
        if (entry.Name.Length > MostNameBytes || ArchiveName.Clean(entry.Name.Span) is not { } name)
            return;
        _entries.TryGetValue(name, out ArchiveEntry? earlier);

        // A second entry for a directory adds nothing.
        if (earlier is not null && earlier.Kind == EntryKind.Directory && entry.Kind == EntryKind.Directory)
            return;
        Count(entry, reader);
        string? target = entry.LinkName.Length > MostNameBytes ? null : entry.Kind switch
        {
            EntryKind.Symlink => ArchiveName.Target(entry.LinkName.Span, name, fromDirectory: true),
            EntryKind.Hardlink => ArchiveName.Target(entry.LinkName.Span, name, fromDirectory: false),
            _ => null,
        };
        _entries[name] = new ArchiveEntry(entry.Kind, reader.ContentPosition, entry.Size, target, earlier) { Extents = ExtentsOf(reader) };
    }

    /// <summary>
    /// Counts the memory that an entry takes, and the bytes that a reader will get of a sparse file: its holes are zeros that the archive
    /// does not contain.
    /// </summary>
    private void Count(TarEntry entry, TarReader reader)
    {
        RootfsLimits limits = _context.Limits;
        int entries = Math.Max(1, limits.MaxNodes / ShareOfLimits);
        long nameBytes = Math.Max(1, limits.MaxNameBytes / ShareOfLimits);
        _nameBytes += entry.Name.Length + Math.Min(entry.LinkName.Length, MostNameBytes) + (long)reader.Extents.Length * Unsafe.SizeOf<FileExtent>();
        if (++_count > entries)
            throw LimitErrors.ArchiveEntries(entries);
        if (_nameBytes > nameBytes)
            throw LimitErrors.ArchiveNames(nameBytes);
        if (!reader.IsSparse)
            return;
        _holeBytes += entry.Size;
        if (_holeBytes > limits.MaxArchiveBytes)
            throw LimitErrors.ArchiveBytes(limits.MaxArchiveBytes);
    }

    private static FileExtent[]? ExtentsOf(TarReader reader)
    {
        if (!reader.IsSparse)
            return null;
        FileExtent[] extents = new FileExtent[reader.Extents.Length];
        for (int i = 0; i < extents.Length; i++)
            extents[i] = new FileExtent(reader.Extents[i].Offset, reader.Extents[i].Length);
        return extents;
    }

    private static void RequireFile(string name, ArchiveEntry entry)
    {
        if (entry.Kind != EntryKind.File)
            throw SourceErrors.NotARegularFile(ArchiveName.Show(name), entry.KindName);
    }

    /// <summary>Two files of one name must be the same, because tools differ in which one they read.</summary>
    private void CheckDuplicates(string name, ArchiveEntry entry)
    {
        if (entry.Earlier is not null && !Agree(name, entry))
            throw SourceErrors.DuplicateFile(ArchiveName.Show(name));
    }

    /// <summary>Several threads open layers. While one thread compares the files of a name, another that asks for it waits.</summary>
    private bool Agree(string name, ArchiveEntry entry)
    {
        lock (_duplicatesAgree)
        {
            if (!_duplicatesAgree.TryGetValue(name, out bool agree))
                _duplicatesAgree[name] = agree = DuplicatesAgree(entry);
            return agree;
        }
    }

    private bool DuplicatesAgree(ArchiveEntry entry)
    {
        for (ArchiveEntry? earlier = entry.Earlier; earlier is not null; earlier = earlier.Earlier)
        {
            if (earlier.Kind != entry.Kind || earlier.Size != entry.Size || earlier.Target != entry.Target || !SameContent(earlier, entry))
                return false;
        }
        return true;
    }

    private bool SameContent(ArchiveEntry one, ArchiveEntry other)
    {
        using Stream first = Open(one, "the archive");
        using Stream second = Open(other, "the archive");
        int length = (int)Math.Clamp(one.Size, 1, 64 << 10);
        byte[] firstBuffer = new byte[length];
        byte[] secondBuffer = new byte[length];
        while (true)
        {
            _context.ThrowIfCancelled();
            int count = first.ReadAtLeast(firstBuffer, firstBuffer.Length, throwOnEndOfStream: false);
            int otherCount = second.ReadAtLeast(secondBuffer, secondBuffer.Length, throwOnEndOfStream: false);
            if (!firstBuffer.AsSpan(0, count).SequenceEqual(secondBuffer.AsSpan(0, otherCount)))
                return false;
            if (count == 0)
                return true;
        }
    }
}
