using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs;

#pragma warning disable RS0030 // This is where files beside a tree are written.

/// <summary>One of the small files written beside a tree: complete under a temporary name first, then renamed.</summary>
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

    /// <summary>Bytes written.</summary>
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

    /// <summary>Takes away what was not published.</summary>
    public void Discard()
    {
        try
        {
            File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to tell.
        }
    }

    private void Write(Action<Stream> write)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        File.Delete(_temporary);
        // CreateNew: a link that somebody put in its place is not followed.
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
