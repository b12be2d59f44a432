using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.State;

/// <summary>
/// The state file beside an archive, by nothing but .NET's own calls. The file that is open is the lock: no other process can open it
/// meanwhile.
/// </summary>
internal sealed class PortableStateFile : StateStore
{
    private const int WaitMilliseconds = 100;

    private readonly FileStream _file;
    private readonly string _path;

    private PortableStateFile(FileStream file, string path)
    {
        (_file, _path, IsNew) = (file, path, file.Length == 0);
        byte[] bytes = new byte[Math.Min(file.Length, MostBytes)];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Content = StateJson.Parse(bytes.AsMemory(0, length)) ?? StateContent.Nothing;
    }

    /// <param name="path">The file's absolute path.</param>
    /// <param name="about">The archive's path, for the message that the build waits.</param>
    /// <param name="create">Makes a missing file, and its directory.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>Null where there is no file and <paramref name="create"/> is false.</returns>
    public static PortableStateFile? Acquire(string path, string about, bool create, EngineContext context)
    {
        bool said = false, wasGone = false;
        while (true)
        {
            try
            {
                if (create)
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                // A link there may lead to any file of the user.
                if (new FileInfo(path) is { LinkTarget: not null })
                    throw DiskErrors.InTheWay(path);
#pragma warning disable RS0030 // This file writes the state.
                return new PortableStateFile(new FileStream(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1), path);
#pragma warning restore RS0030
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && !create)
            {
                return null;
            }
            catch (IOException) when (create && !wasGone && !File.Exists(path))
            {
                // Another build failed, and removed the file while this one found it locked.
                wasGone = true;
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!said)
                    context.Log.Summary($"Waiting for another build that works on '{about}'.");
                (said, wasGone) = (true, false);
                context.Cancellation.WaitHandle.WaitOne(WaitMilliseconds);
                context.ThrowIfCancelled();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw DiskErrors.Output(path, e);
            }
        }
    }

    public override void Write(StateContent content)
    {
        try
        {
            byte[] bytes = Padded(content, (int)Math.Min(_file.Length, MostBytes));
            _file.Position = 0;
            _file.Write(bytes);
            _file.SetLength(bytes.Length);
            _file.Flush();
        }
        catch (IOException e)
        {
            throw DiskErrors.Output(_path, e);
        }
        Content = content;
    }

    public override void Remove()
    {
        try
        {
#pragma warning disable RS0030 // The open file is ours.
            File.Delete(_path);
#pragma warning restore RS0030
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A state that says nothing is as good as none.
            Write(StateContent.Nothing);
        }
    }

    public override void Dispose() => _file.Dispose();
}
