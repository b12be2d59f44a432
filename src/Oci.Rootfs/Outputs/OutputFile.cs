using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs;

#pragma warning disable RS0030 // This file writes the outputs beside a tree.

/// <summary>One of the small files beside a tree. The engine writes it completely under a temporary name and then renames it.</summary>
internal sealed class OutputFile
{
    private readonly string _path;
    private readonly string _temporary;

    private OutputFile(string path)
    {
        _path = path;
        _temporary = TemporaryPath(path);
    }

    /// <summary>The name of the file while it is written. A killed build leaves it.</summary>
    public static string TemporaryPath(string path) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, $".{System.IO.Path.GetFileName(path)}.oci-new");

    public string Path => _path;

    /// <summary>The number of bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>The digest of the bytes, <c>sha256:…</c>.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Writes the whole file under its temporary name.</summary>
    /// <param name="path">The file's absolute path.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="mode">The file's mode on Unix, whatever the umask. Null for what the umask leaves.</param>
    public static OutputFile Prepare(string path, Action<Stream> write, UnixFileMode? mode = null)
    {
        OutputFile file = new(path);
        try
        {
            file.Try(() => file.Write(write, mode));
        }
        catch
        {
            file.Discard();
            throw;
        }
        return file;
    }

    public void Publish() => Try(() => File.Move(_temporary, _path, overwrite: true));

    /// <summary>Makes the directory of an output before the output.</summary>
    public static void MakeDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(directory, e);
        }
    }

    /// <summary>Removes an output of an earlier build, by a name that our own state gives or that only we use.</summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // The file went with its directory: a user may remove obj/ and leave bin/.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(path, e);
        }
    }

    /// <summary>Deletes an unpublished file.</summary>
    public void Discard()
    {
        try
        {
            File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The caller reports the error that led here.
        }
    }

    private void Write(Action<Stream> write, UnixFileMode? mode)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        File.Delete(_temporary);
        // CreateNew: if somebody puts a link in its place, the engine does not follow it.
        using FileStream stream = new(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 << 10);
        using DigestStream digest = new(stream);
        write(digest);
        if (mode is { } given && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(stream.SafeFileHandle, given);
        stream.Flush();
        Digest = digest.Finish();
        Length = stream.Length;
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(_path, e);
        }
    }
}
