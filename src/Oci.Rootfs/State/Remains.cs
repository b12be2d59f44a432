using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>
/// The remains of replaced trees and killed builds beside the destination: <c>.NAME.oci-new</c>, <c>.NAME.oci-aside</c> and <c>.NAME.oci-away</c>. Trees that
/// can't be removed get the names <c>.NAME.oci-left1</c> and so on; somebody else's files may be in them for example. A build removes the
/// remains if it can. Otherwise it reports where they are and goes on.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Remains(Destination destination, string name)
{
    /// <summary>Each one takes somebody's effort to make irremovable, so real users stay far below.</summary>
    private const int MostLeft = 100;

    private byte[][] Names => [destination.StagingName, destination.AsideName, destination.AwayName];

    /// <summary>Checks the names only.</summary>
    public bool Any() => First() is not null;

    /// <summary>The first name in use: the staging names and then the numbers.</summary>
    public byte[]? First()
    {
        foreach (byte[] staging in Names)
        {
            if (destination.Parent.Stat(staging) is not null)
                return staging;
        }
        return Exists(1) ? LeftName(1) : null;
    }

    /// <summary>Frees the names for making a new tree. Remains that can't be removed are renamed.</summary>
    /// <exception cref="OciException">Some remains can't even be renamed.</exception>
    public void Clear(EngineContext context)
    {
        RemoveLeft(context);
        foreach (byte[] staging in Names)
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

    /// <summary>
    /// Removes the remains as far as possible, and warns of the rest. It never fails, because the tree that the user asked for is complete.
    /// For the same reason a cancellation only ends the removal; a later build goes on with it.
    /// </summary>
    /// <returns>The result of the removal.</returns>
    public Removal TryRemove(EngineContext context)
    {
        Removal all = default;
        try
        {
            destination.RefuseStagingMounts();
            foreach (byte[] staging in Names)
            {
                Removal removal = destination.Remove(staging, context.Cancellation);
                Warn(staging, removal, context);
                all += removal;
            }
            RemoveLeft(context);
            new TreeStateFile(destination).RemoveNew();
        }
        catch (OciException e)
        {
            DiskErrors.WarnLeft(context.Log, destination.Shown(destination.StagingName), 1, e);
        }
        catch (OperationCanceledException)
        {
            context.Log.Detail($"Cancelled while the old tree beside '{destination.ShownPath}' was removed; the next build removes the rest.");
        }
        return all;
    }

    /// <summary>Gives the rest the lowest numbers, because <see cref="Any"/> checks the first number only.</summary>
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
