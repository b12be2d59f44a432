using System.Globalization;
using System.Text;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>
/// The documents of an image of a registry, kept in the project's <c>obj/</c> as an OCI layout without layers. With them a build that has
/// nothing to do needs neither store nor network. They are verified whenever they are read.
/// </summary>
/// <param name="directory">Its directory; null for none.</param>
/// <param name="context">Limits, log and cancellation.</param>
internal sealed class DocumentsLayout(string? directory, EngineContext context)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private bool _isChanged;

    /// <summary>Reads a document; null where it is missing or wrong.</summary>
    public byte[]? Read(Digest digest)
    {
        if (directory is null || ReadFile(PathOf(digest), context.Limits.MaxJsonBytes) is not { } bytes || DigestHash.Of(bytes, digest.Algorithm) != digest)
            return null;
        _used.Add(PathOf(digest));
        return bytes;
    }

    /// <summary>Keeps a document. If that fails, later builds take it from the store.</summary>
    public void Keep(Digest digest, byte[] bytes)
    {
        if (directory is null)
            return;
        _isChanged |= TryWrite(PathOf(digest), bytes);
        _used.Add(PathOf(digest));
    }

    /// <summary>Completes the layout, and removes what an earlier image left in it.</summary>
    /// <param name="top">The index or manifest that the image begins with.</param>
    public void Finish(Descriptor top)
    {
        if (directory is null || !_isChanged)
            return;
        TryWrite(Path.Combine(directory, OciArchive.Index), IndexOf(top));
        TryWrite(Path.Combine(directory, LayoutFile.Name), LayoutFile.Content);
        foreach (string file in Documents(directory))
        {
            if (!_used.Contains(file))
                TryDelete(file);
        }
    }

    /// <summary>Removes what this class made, and the directories if nothing else is in them.</summary>
    /// <returns>True when there was something.</returns>
    public static bool Clean(string directory)
    {
        if (!Directory.Exists(directory))
            return false;
        foreach (string file in Documents(directory).Concat([Path.Combine(directory, OciArchive.Index), Path.Combine(directory, LayoutFile.Name)]))
            TryDelete(file);
        foreach (string below in (string[])[Path.Combine(directory, "blobs", "sha256"), Path.Combine(directory, "blobs", "sha512"), Path.Combine(directory, "blobs"), directory])
        {
            if (Directory.Exists(below) && !Directory.EnumerateFileSystemEntries(below).Any())
                Directory.Delete(below);
        }
        return true;
    }

    /// <summary>
    /// The <c>index.json</c> of a layout with one image. Written as text, because a build with nothing to do makes it: JSON's writer would be
    /// compiled in each.
    /// </summary>
    /// <param name="top">An index or manifest of a type that we know, so that no character has to be escaped.</param>
    public static byte[] IndexOf(Descriptor top) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{top.MediaType}}","digest":"{{top.Digest}}","size":{{top.Size}}}]}"""));

    /// <summary>Reads a small file; null where it is missing, too large or can't be read.</summary>
    internal static byte[]? ReadFile(string path, long most)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle? file = InputFile.Open(path, path, out InputKind kind, out _);
            if (file is null || kind != InputKind.RegularFile || RandomAccess.GetLength(file) is var length && length > most)
                return null;
            byte[] bytes = new byte[length];
            return RandomAccess.Read(file, bytes, 0) == bytes.Length ? bytes : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Errors.OciException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Documents(string directory)
    {
        foreach (string algorithm in (string[])["sha256", "sha512"])
        {
            string blobs = Path.Combine(directory, "blobs", algorithm);
            if (!Directory.Exists(blobs))
                continue;
            foreach (string file in Directory.EnumerateFiles(blobs))
            {
                if (Digest.TryParse($"{algorithm}:{Path.GetFileName(file)}", out _))
                    yield return file;
            }
        }
    }

    private static bool TryWrite(string path, byte[] bytes)
    {
        try
        {
            WholeFile.Write(path, bytes);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
#pragma warning disable RS0030 // A file of the layout that only this class writes.
            File.Delete(path);
#pragma warning restore RS0030
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is small, and does no harm.
        }
    }

    private string PathOf(Digest digest) => digest.PathIn(directory!);
}
