using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.State;

/// <summary>
/// The file <c>.NAME.oci-state</c> beside a tree: what the tree is made of. It only saves work. A tree without it is replaced whole, and so is
/// one whose file somebody else could have written.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeStateFile(Destination destination)
{
    private const uint OwnerReadWrite = 0b110_000_000; // 0600

    /// <summary>Two changes in one tick of the kernel's clock, or in one second where times have no fractions, have the same time.</summary>
    private const int LongestTickMilliseconds = 20, SecondMilliseconds = 1020;

    private readonly byte[] _name = Encoding.UTF8.GetBytes($".{Path.GetFileName(destination.ShownPath)}.oci-state");
    private readonly byte[] _newName = Encoding.UTF8.GetBytes($".{Path.GetFileName(destination.ShownPath)}.oci-state-new");

    /// <param name="key">The key of the tree that stands.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>Null where there is none that counts.</returns>
    public TreeState? Read(string key, EngineContext context)
    {
        using SafeFileHandle? file = Open(out long length);
        if (file is null)
            return null;
        string whyNot = $"it has more than MaxStateBytes={context.Limits.MaxStateBytes}";
        TreeState? state = null;
        if (length <= context.Limits.MaxStateBytes)
        {
            using FileStream stream = new(file, FileAccess.Read, bufferSize: 1);
            state = TreeStateReader.Read(stream, key, context, out whyNot);
            if (state?.Allows(context.Limits) == false)
                (state, whyNot) = (null, "its layers were read under other limits");
        }
        if (state is null)
            context.Log.Detail($"'{destination.Shown(_name)}' is not used: {whyNot}.");
        return state;
    }

    /// <summary>The stamp of the file; none where there is no file.</summary>
    public Stamp Standing() => destination.Parent.Stat(_name) is { } file ? Stamp.Of(file) : default;

    /// <summary>Whether the file is the one with this stamp, or is missing as it was then.</summary>
    public bool IsAsLeft(Stamp stamp)
    {
        Stamp now = Standing();
        return now == stamp || (now.IsSet && stamp.IsSet && now == stamp with { Inode = now.Inode } && Linux.IsFuse(destination.Parent.Fd));
    }

    /// <summary>
    /// Writes the file, or removes an old one where that can't be: the tree is as right without it, and the next change is a full extraction.
    /// </summary>
    /// <param name="state">All but the tree.</param>
    /// <param name="tree">The merged tree.</param>
    /// <param name="stamps">The stamps of the nodes on disk.</param>
    /// <param name="context">Limits and log.</param>
    public void Write(TreeState state, RootfsTree tree, Stamps stamps, EngineContext context)
    {
        stamps.HasSetLengths = state.HasSetLengths;
        using NewTreeState? file = Begin(state, tree, context);
        Finish(file, stamps, context);
    }

    /// <summary>Writes all that is known before the tree stands, under another name.</summary>
    /// <returns>Null where that can't be. A message says why.</returns>
    public NewTreeState? Begin(TreeState state, RootfsTree tree, EngineContext context)
    {
        try
        {
            _ = destination.Parent.Unlink(_newName);
            int fd = destination.Parent.OpenFile(_newName, Linux.ORdWr | Linux.OCreat | Linux.OExcl, OwnerReadWrite);
            return fd < 0 ? throw new IOException(DiskErrors.Describe(Linux.Errno)) : new NewTreeState(new SafeFileHandle(fd, ownsHandle: true), context.Limits.MaxStateBytes, state, tree, () => destination.Parent.Unlink(_newName));
        }
        catch (IOException e)
        {
            GiveUp(e, context);
            return null;
        }
    }

    /// <param name="file">What was begun; null where it could not.</param>
    /// <param name="stamps">The stamps of the nodes on disk.</param>
    /// <param name="context">Log and clock.</param>
    public void Finish(NewTreeState? file, Stamps stamps, EngineContext context)
    {
        WaitForTick(stamps, context);
        try
        {
            file?.Finish(stamps);
            if (file is not null && destination.Parent.Rename(_newName, destination.Parent, _name) != 0)
                throw new IOException(DiskErrors.Describe(Linux.Errno));
        }
        catch (IOException e)
        {
            GiveUp(e, context);
        }
    }

    private void GiveUp(IOException why, EngineContext context)
    {
        Remove();
        context.Log.Normal($"'{destination.Shown(_name)}' is not written ({why.Message}): the next change of the image will extract all of it.");
    }

    /// <summary>Removes the file, and what a killed build has left of a new one.</summary>
    public void Remove()
    {
        _ = destination.Parent.Unlink(_name);
        RemoveNew();
    }

    /// <summary>Removes what a killed build has left of a new file.</summary>
    public void RemoveNew() => _ = destination.Parent.Unlink(_newName);

    /// <summary>The file counts only if this user or root alone can have written it, under this one name.</summary>
    private SafeFileHandle? Open(out long length)
    {
        length = 0;
        int fd = destination.Parent.OpenFile(_name, Linux.ORdOnly | Linux.ONonBlock);
        if (fd < 0)
            return null;
        SafeFileHandle file = new(fd, ownsHandle: true);
        if (DirectoryHandle.StatFile(fd) is { Links: 1 } stat && OwnFile.IsOurs(stat))
        {
            Linux.ClearNonBlock(fd);
            length = (long)stat.Size;
            return file;
        }
        file.Dispose();
        return null;
    }

    private void WaitForTick(Stamps stamps, EngineContext context)
    {
        if (stamps.HasFractions && Linux.HasFineTimes(destination.Parent.Fd))
            return;
        int tick = stamps.HasFractions ? LongestTickMilliseconds : SecondMilliseconds;
        DateTimeOffset newest = DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(stamps.Newest.Seconds, 0, int.MaxValue)).AddMilliseconds(stamps.Newest.Nanoseconds / 1e6);
        double wait = tick - (context.Clock.GetUtcNow() - newest).TotalMilliseconds;
        if (wait > 0 && wait <= tick)
            _ = context.Cancellation.WaitHandle.WaitOne((int)wait + 1);
    }
}
