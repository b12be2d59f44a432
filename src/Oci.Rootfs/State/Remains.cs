using System.Globalization;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>
/// What is left beside the destination of trees that were replaced and of builds that were killed: <c>.NAME.oci-new</c> and
/// <c>.NAME.oci-aside</c>, and <c>.NAME.oci-left1</c> and so on for what could not be removed, because somebody else's files are in it for
/// example. A build removes it when it can, says where it is when it can't, and goes on.
/// </summary>
internal sealed class Remains(Destination destination, string name)
{
    /// <summary>Trees that somebody would have to make irremovable one by one.</summary>
    private const int MostLeft = 100;

    /// <summary>Looks at the names alone.</summary>
    public bool Any() => destination.HasStaging() || Exists(1);

    /// <summary>Frees the names under which a new tree is made: what can't be removed from there is moved out of the way.</summary>
    /// <exception cref="OciException">It can't even be moved.</exception>
    public void Clear(EngineContext context)
    {
        RemoveLeft(context);
        foreach (byte[] staging in (byte[][])[destination.StagingName, destination.AsideName])
        {
            Removal removal = destination.Remove(staging, context.Cancellation);
            if (removal.Failure is null)
                continue;
            byte[] left = LeftName(FirstFree());
            if (destination.Parent.Rename(staging, destination.Parent, left) != 0)
                throw removal.Failure;
            Warn(left, removal, context);
        }
    }

    /// <summary>Removes what goes, and tells of the rest. Never fails: the tree that was asked for stands.</summary>
    /// <returns>What was removed.</returns>
    public Removal TryRemove(EngineContext context)
    {
        Removal all = default;
        try
        {
            destination.RefuseStagingMounts();
            foreach (byte[] staging in (byte[][])[destination.StagingName, destination.AsideName])
            {
                Removal removal = destination.Remove(staging, context.Cancellation);
                Warn(staging, removal, context);
                all += removal;
            }
            RemoveLeft(context);
        }
        catch (OciException e)
        {
            DiskErrors.WarnLeft(context.Log, destination.Shown(destination.StagingName), 1, e);
        }
        return all;
    }

    /// <summary>What stays gets the lowest numbers: whether there is any is asked of the first name alone.</summary>
    private void RemoveLeft(EngineContext context)
    {
        int kept = 0;
        for (int number = 1; number <= MostLeft; number++)
        {
            if (!Exists(number))
                continue;
            Removal removal = destination.Remove(LeftName(number), context.Cancellation);
            if (removal.Failure is null)
                continue;
            kept++;
            if (kept != number && destination.Parent.Rename(LeftName(number), destination.Parent, LeftName(kept)) != 0)
                throw DiskErrors.FromErrno(Linux.Errno, "renaming what is left of an earlier tree", LeftName(number));
            Warn(LeftName(kept), removal, context);
        }
    }

    private void Warn(byte[] left, Removal removal, EngineContext context)
    {
        if (removal.Failure is not null)
            DiskErrors.WarnLeft(context.Log, destination.Shown(left), removal.Left, removal.Failure);
    }

    private int FirstFree()
    {
        int number = 1;
        while (number < MostLeft && Exists(number))
            number++;
        return number;
    }

    private bool Exists(int number) => destination.Parent.Stat(LeftName(number)) is not null;

    private byte[] LeftName(int number) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $".{name}.oci-left{number}"));
}
