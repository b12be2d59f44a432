using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.State;

/// <summary>Refuses, before any work, to replace or remove what is not ours.</summary>
[SupportedOSPlatform("linux")]
internal sealed class DestinationGuard(Destination destination, StateFile? state, EngineContext context)
{
    /// <summary>Accepts an absent or empty destination, a directory that the state file names, and an exact copy of that.</summary>
    public void RefuseForeign()
    {
        if (destination.Parent.Stat(destination.Name) is not { } existing)
            return;
        if (!existing.IsDirectory)
            throw DiskErrors.NotADirectory(destination.ShownPath, (existing.Mode & Linux.FileTypeMask) == Linux.Symlink ? "a symbolic link" : "a file");
        if (state?.Owns(existing) != true && !IsEmpty())
            RefuseUnlessCopy();
        RefuseFileSystemRoot(existing);
    }

    private void RefuseUnlessCopy()
    {
        if (state is null or { IsNew: true })
            throw DiskErrors.NotOurs(destination.ShownPath);
        TreeAdoption adoption = new(destination, state, context);
        if (!adoption.TryAdopt())
            throw DiskErrors.OtherTree(destination.ShownPath, destination.Shown(destination.StateFileName), adoption.Differences);
    }

    /// <summary>Without a state file, nodes with our staging names belong to somebody else.</summary>
    public void RefuseForeignStaging()
    {
        if (state is null or { IsNew: true } && destination.Remains.First() is { } remains)
            throw DiskErrors.InTheWay(destination.Shown(remains));
    }

    /// <summary>Refuses an empty mount point now. Otherwise only the last rename would fail, after all the work.</summary>
    private void RefuseFileSystemRoot(in Linux.StatXResult existing)
    {
        if (destination.Parent.StatSelf() is { } parent && parent.Device != existing.Device)
            throw DiskErrors.FileSystemRoot(destination.ShownPath);
    }

    private bool IsEmpty()
    {
        using DirectoryHandle? directory = destination.Parent.OpenChild(destination.Name);
        return directory is not null && DirectoryReader.Next(directory, new byte[4096], destination.ShownPath).Count == 0;
    }
}
