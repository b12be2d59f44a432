using System.Runtime.Versioning;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>Makes a tree in a directory and what belongs to it, or finds it up to date.</summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeBuild(string directory, RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
    : OutputBuild(request, source, selected, context)
{
    private readonly Privileges _privileges = Privileges.Current();

    /// <summary>What was found out about the tree that stands; null where nobody has looked.</summary>
    private TreeCheck? _check;

    private string Key => BuildKey.OfTree(Request, Selected.Descriptor.Digest, Selected.AskedPlatform, _privileges);

    public override RootfsResult FindOrExtract(SharedLayers? shared = null)
    {
        string key = Key;
        using DestinationLock? held = DestinationLock.Take(directory, create: !Request.FailIfNotUpToDate, Context);
        if (held is null)
            throw BuildErrors.NotUpToDate(directory);
        if (!Request.FailIfNotUpToDate)
            new TreeAdoption(held.Destination, held.State, Context).TryAdopt();
        ArchiveWork archives = ArchivesToDo(held.State);
        RootfsResult? found = FindTree(held, key);
        if (Request.FailIfNotUpToDate)
            return found is not null && !archives.Any ? WithArchives(found, held.State) : throw BuildErrors.NotUpToDate(directory);
        if (found is not null)
            SharedDirectory.TakeOver(held.State, Request);
        if (found is null)
            found = held.Do(() => Extract(held, key, archives, shared));
        else if (archives.Any)
            found = new ArchiveExtraction(Request, Source, held.State, shared, Context).Run(Selected.Load(), key: null, archives);
        SharedDirectory.Claim(Request);
        TreeList.Record(Request, held.State.Content);
        return WithArchives(found, held.State);
    }

    public override RootfsResult? FindUpToDate()
    {
        using DestinationLock? held = DestinationLock.Take(directory, create: false, Context);
        return held is not null && !ArchivesToDo(held.State).Any && FindTree(held, Key) is { } found ? WithArchives(found, held.State) : null;
    }

    private RootfsResult Extract(DestinationLock held, string key, ArchiveWork archives, SharedLayers? shared)
    {
        SharedDirectory.Check(held.State.Content, Request, Context.Log);
        TreeList.Adopt(held, Request);
        return new Extraction(Request, Source, held, _privileges, shared, _check, Context).Run(Selected.Load(), key, archives);
    }

    private RootfsResult? FindTree(DestinationLock held, string key)
    {
        RootfsResult? found = IsUpToDate(held, key) ? ReadResult(held.State.Content) : null;
        // A killed build left part of an old tree, or an earlier build could not remove it.
        if (found is not null && !Request.FailIfNotUpToDate && held.Destination.Remains.Any())
        {
            held.Destination.Remains.TryRemove(Context);
            OwnedTrees.TryRemoveFiles(Request.Outputs.Select(static output => OutputFile.TemporaryPath(output.Path)), Context);
        }
        return found;
    }

    /// <summary>True when the key and the directory are unchanged, and every other file still has its length.</summary>
    private bool IsUpToDate(DestinationLock held, string key)
    {
        (Destination destination, StateFile state) = (held.Destination, held.State);
        return state.Content.Key == key
            && destination.Parent.Stat(destination.Name) is { IsDirectory: true } tree && state.Owns(tree)
            && StandingOutputs.HasDocuments(state.Content, Request)
            && (Request.FailIfNotUpToDate || !IsMorePossible(destination, state))
            && IsAsItWasLeft(held);
    }

    /// <summary>
    /// After another start of the machine, not all of a tree need have been written to the disk: that shows in sizes and times of change. And
    /// where a state file is not the one that was written with the tree, it may be of an earlier image. At other times the tree is looked at
    /// only if the user wants it.
    /// </summary>
    private bool IsAsItWasLeft(DestinationLock held)
    {
        StateContent content = held.State.Content;
        bool isOfThisBoot = content.Boot == BootId.Current, isRecorded = new TreeStateFile(held.Destination).IsAsLeft(content.TreeState);
        if (isOfThisBoot && isRecorded && Request.Verify == RootfsVerification.None)
            return true;
        TreeCheck check = new(held, Request, _privileges, Context);
        bool? isRight = check.IsRight(Source, Selected);
        _check = check;
        if (isRight is null && !isOfThisBoot)
            Context.Log.Normal($"The machine was started anew since '{directory}' was extracted: not all of it need have been written to the disk, so it is extracted again.");
        else if (isRight is null && !isRecorded)
            Context.Log.Normal($"The files beside '{directory}' are not those that the last build left there, so it is extracted again.");
        else if (isRight is null)
            Context.Log.Normal($"Nothing is written down about '{directory}' with which it could be verified, so it is extracted again.");
        if (isRight == true && !(isOfThisBoot && isRecorded) && !Request.FailIfNotUpToDate)
            held.State.Write(content with { Boot = BootId.Current, TreeState = new TreeStateFile(held.Destination).Standing() });
        return isRight == true;
    }

    /// <summary>
    /// Whether this process could now set what the tree lacks, because of another file system or an open sandbox for example. The engine
    /// tries nothing for a tree that lacks nothing, or that lacks only metadata that the key's privileges forbid.
    /// </summary>
    private bool IsMorePossible(Destination destination, StateFile state)
    {
        if (state.Content.Lacks.Count == 0)
            return false;
        bool isMade = false;
        try
        {
            return WayBack.IsMorePossible(state.Content.Lacks, Request.Ownership, _privileges, () =>
            {
                destination.RefuseStagingMounts();
                destination.Remove(destination.StagingName, Context.Cancellation).ThrowIfFailed();
                isMade = true;
                return destination.MakePrivate(destination.StagingName);
            });
        }
        catch (OciException e)
        {
            // The failed trial changed nothing in the tree.
            Context.Log.Detail(e.Message);
            return false;
        }
        finally
        {
            if (isMade)
                _ = destination.Remove(destination.StagingName);
        }
    }
}
