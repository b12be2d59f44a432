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
        _temporary = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, $".{System.IO.Path.GetFileName(path)}.oci-new");
    }

    public string Path => _path;

    /// <summary>The number of bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Writes the whole file under its temporary name.</summary>
    public static OutputFile Prepare(string path, Action<Stream> write)
    {
        OutputFile file = new(path);
        try
        {
            file.Try(() => file.Write(write));
        }
        catch
        {
            file.Discard();
            throw;
        }
        return file;
    }

    public void Publish() => Try(() => File.Move(_temporary, _path, overwrite: true));

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

    private void Write(Action<Stream> write)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        File.Delete(_temporary);
        // CreateNew: if somebody puts a link in its place, the engine does not follow it.
        using FileStream stream = new(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 << 10);
        write(stream);
        stream.Flush();
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
