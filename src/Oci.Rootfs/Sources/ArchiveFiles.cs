using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Sources;

/// <summary>
/// The files of an image archive, found by one pass over its headers and read where they lie. The archive is held open: another file
/// under its name changes nothing. Owns the handle.
/// </summary>
internal sealed class ArchiveFiles : IDisposable
{
    private const int MostLinks = 40;

    private readonly SafeFileHandle _file;
    private readonly EngineContext _context;
    private readonly Dictionary<string, ArchiveEntry> _entries = new(StringComparer.Ordinal);
    private long _nameBytes;
    private int _count;

    /// <exception cref="OciException">The archive is damaged, or too large for the context.Limits.</exception>
    public ArchiveFiles(SafeFileHandle file, long length, EngineContext context)
    {
        _file = file;
        _context = context;

        // What is odd about an outer archive's headers is nobody's concern: only contents count, and they have digests.
        TarReader reader = new(new FileTarInput(file, length), context.Quiet);
        try
        {
            while (reader.Read() is { } entry)
                Add(entry, reader);
        }
        catch (OciException e) when (e.IsDamage)
        {
            throw SourceErrors.DamagedArchive($"{e.Problem}{(e.Found is null ? "" : $" ({e.Found})")}", e);
        }
    }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>A document that must be a file itself, not a link; null where it is absent.</summary>
    /// <exception cref="OciException">No regular file, there twice with different contents, or too long.</exception>
    public byte[]? ReadDocument(string name)
    {
        if (!_entries.TryGetValue(name, out ArchiveEntry? entry))
            return null;
        CheckDuplicates(name, entry);
        RequireFile(name, entry);
        return ReadDocument(name, entry);
    }

    /// <summary>A document that may be a link; null where it is absent.</summary>
    public byte[]? ReadLinkedDocument(string name) => Find(name) is { } entry ? ReadDocument(name, entry) : null;

    /// <summary>The regular file of this name, or the one that a link of this name leads to (rule 98); null where there is none.</summary>
    /// <exception cref="OciException">No regular file, a link that leads nowhere, or there twice with different contents.</exception>
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
                throw SourceErrors.BadLink(ArchiveName.Show(name), "a link out of the archive");
            at = entry.Target;
            if (!_entries.TryGetValue(at, out entry))
                throw SourceErrors.BadLink(ArchiveName.Show(name), $"a link to '{ArchiveName.Show(at)}', which is not there");
        }
        RequireFile(at, entry);
        return entry;
    }

    public FileRangeStream Open(ArchiveEntry entry, string name) => new(_file, entry.Offset, entry.Size, name, ownsHandle: false);

    public void Dispose() => _file.Dispose();

    private void Add(TarEntry entry, TarReader reader)
    {
        _nameBytes += entry.Name.Length + entry.LinkName.Length;
        if (++_count > _context.Limits.MaxNodes)
            throw LimitErrors.ArchiveEntries(_context.Limits.MaxNodes);
        if (_nameBytes > _context.Limits.MaxNameBytes)
            throw LimitErrors.ArchiveNames(_context.Limits.MaxNameBytes);
        if (ArchiveName.Clean(entry.Name.Span) is not { } name)
            return;
        string? target = entry.Kind switch
        {
            EntryKind.Symlink => ArchiveName.Target(entry.LinkName.Span, name, fromDirectory: true),
            EntryKind.Hardlink => ArchiveName.Target(entry.LinkName.Span, name, fromDirectory: false),
            _ => null,
        };
        _entries.TryGetValue(name, out ArchiveEntry? earlier);

        // A directory named again says nothing new.
        if (earlier is not null && earlier.Kind == EntryKind.Directory && entry.Kind == EntryKind.Directory)
            return;
        _entries[name] = new ArchiveEntry(entry.Kind, reader.IsSparse, reader.ContentPosition, entry.Size, target, earlier);
    }

    private byte[] ReadDocument(string name, ArchiveEntry entry)
    {
        string shown = ArchiveName.Show(name);
        if (entry.Size > _context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(shown, _context.Limits.MaxJsonBytes, entry.Size);
        byte[] bytes = new byte[entry.Size];
        using FileRangeStream stream = Open(entry, shown);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void RequireFile(string name, ArchiveEntry entry)
    {
        if (entry.Kind != EntryKind.File || entry.IsSparse)
            throw SourceErrors.NotARegularFile(ArchiveName.Show(name), entry.KindName);
    }

    /// <summary>A file that is there twice must be the same twice: which one counts differs from tool to tool.</summary>
    private void CheckDuplicates(string name, ArchiveEntry entry)
    {
        for (ArchiveEntry? earlier = entry.Earlier; earlier is not null; earlier = earlier.Earlier)
        {
            if (earlier.Kind != entry.Kind || earlier.Size != entry.Size || earlier.Target != entry.Target || entry.IsSparse || earlier.IsSparse || !SameContent(earlier, entry, name))
                throw SourceErrors.DuplicateFile(ArchiveName.Show(name));
        }
    }

    private bool SameContent(ArchiveEntry one, ArchiveEntry other, string name)
    {
        using FileRangeStream first = Open(one, ArchiveName.Show(name));
        using FileRangeStream second = Open(other, ArchiveName.Show(name));
        byte[] firstBuffer = new byte[64 << 10];
        byte[] secondBuffer = new byte[64 << 10];
        while (true)
        {
            int count = first.ReadAtLeast(firstBuffer, firstBuffer.Length, throwOnEndOfStream: false);
            int otherCount = second.ReadAtLeast(secondBuffer, secondBuffer.Length, throwOnEndOfStream: false);
            if (!firstBuffer.AsSpan(0, count).SequenceEqual(secondBuffer.AsSpan(0, otherCount)))
                return false;
            if (count == 0)
                return true;
        }
    }
}
