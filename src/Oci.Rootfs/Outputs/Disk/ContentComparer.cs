using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Finds files that came with another layer and have the bytes of the file that stands: a rebuilt layer is full of them. So what is reported
/// as changed was changed, and what was not keeps its inode.
/// </summary>
/// <param name="old">The tree that stands, with all that was found out about it.</param>
/// <param name="handles">Its directories.</param>
/// <param name="staging">The new contents.</param>
/// <param name="cancellation">Checked with every piece.</param>
[SupportedOSPlatform("linux")]
internal sealed class ContentComparer(StandingTree old, TreeHandles handles, StagingTree staging, CancellationToken cancellation) : IDisposable
{
    private const int PieceBytes = 128 << 10;

    private readonly NativeBuffer _one = new(PieceBytes), _other = new(PieceBytes);

    /// <summary>By new content: the place of the standing file that it was compared with, counted from 1; negative where they differ.</summary>
    private readonly ContentIndex _compared = new();

    /// <param name="place">The place of a standing file.</param>
    /// <param name="content">A new content of the same size.</param>
    /// <returns>False also where one of them can't be read.</returns>
    public bool AreSame(int place, ContentRef content)
    {
        int known = _compared[content];
        if (Math.Abs(known) == place + 1)
            return known > 0;
        bool same = Compare(place, content);
        _compared.Set(content, same ? place + 1 : -(place + 1));
        return same;
    }

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    private bool Compare(int place, ContentRef content)
    {
        ref StandingNode node = ref old[place];
        if (!node.Stamp.IsSet || node.Drift != Drift.None || staging.Find(content) is not { } staged)
            return false;
        (DirectoryHandle directory, byte[] name) = staging.Where(staged);
        int fresh = directory.OpenFile(name, Linux.ORdOnly);
        if (fresh < 0)
            return false;
        int standing = -1;
        try
        {
            standing = Open(node);
            return standing >= 0 && HaveSameBytes(standing, fresh, node.Inode.Size);
        }
        finally
        {
            if (standing >= 0)
                _ = Linux.Close(standing);
            _ = Linux.Close(fresh);
        }
    }

    /// <summary>Opens the file only if it is the one that the engine left there.</summary>
    private int Open(in StandingNode node)
    {
        int fd;
        try
        {
            fd = handles.Get(old.Paths.Parent(node.Path)).OpenFile(old.Paths.Name(node.Path), Linux.ORdOnly | Linux.ONonBlock);
        }
        catch (OciException)
        {
            return -1;
        }
        if (fd < 0 || (DirectoryHandle.StatFile(fd) is { } stat && Stamp.Of(stat) == node.Stamp))
            return fd;
        _ = Linux.Close(fd);
        return -1;
    }

    private bool HaveSameBytes(int one, int other, long size)
    {
        for (long at = 0; at < size;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Read(one, at, _one.Span);
            if (count <= 0 || Read(other, at, _other.Span[..count]) != count || !_one.Span[..count].SequenceEqual(_other.Span[..count]))
                return false;
            at += count;
        }
        return true;
    }

    /// <summary>Fills the buffer, or takes the rest of the file. Less than that is an error.</summary>
    private static unsafe int Read(int fd, long offset, Span<byte> buffer)
    {
        int done = 0;
        fixed (byte* bytes = buffer)
        {
            while (done < buffer.Length)
            {
                nint count = Linux.ReadAt(fd, bytes + done, (nuint)(buffer.Length - done), offset + done);
                if (count == 0)
                    break;
                if (count > 0)
                    done += (int)count;
                else if (Linux.Errno != Errno.Interrupted)
                    return -1;
            }
        }
        return done;
    }
}
