using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>Makes the outputs of one request, or finds them up to date.</summary>
internal sealed class TreeBuild(RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
{
    private readonly Privileges? _privileges = request.RootfsDirectory is null ? null : Privileges.Current();

    private string Key => BuildKey.OfTree(request, selected.Descriptor.Digest, selected.AskedPlatform, _privileges);

    private string ArchiveKey => BuildKey.OfArchive(request, selected.Descriptor.Digest, selected.AskedPlatform);

    /// <param name="shared">The layers of other images of this run; null for a single image.</param>
    public RootfsResult FindOrExtract(SharedLayers? shared = null) =>
        request.RootfsDirectory is null ? FindOrWriteArchives(shared) : FindOrExtractTree(request.RootfsDirectory, shared);

    /// <summary>Returns the up-to-date result without making anything; null where there is work to do.</summary>
    public RootfsResult? FindUpToDate()
    {
        if (request.RootfsDirectory is null)
        {
            using StateStore? state = AcquireArchiveState(create: false);
            return state is null || ArchivesToDo(state).Any ? null : FindDocuments(state, Key);
        }
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: false, context);
        return held is null || ArchivesToDo(held.State).Any ? null : FindTree(held, Key);
    }

    private RootfsResult FindOrExtractTree(string directory, SharedLayers? shared)
    {
        string key = Key;
        using DestinationLock? held = DestinationLock.Take(directory, create: !request.FailIfNotUpToDate, context);
        if (held is null)
            throw BuildErrors.NotUpToDate(directory);
        ArchiveWork archives = ArchivesToDo(held.State);
        RootfsResult? found = FindTree(held, key);
        if (request.FailIfNotUpToDate)
            return found is not null && !archives.Any ? WithArchives(found, held.State) : throw BuildErrors.NotUpToDate(directory);
        if (found is not null)
            SharedDirectory.TakeOver(held.State, request);
        if (found is not null && !archives.Any)
        {
            Claim(held.State);
            return WithArchives(found, held.State);
        }
        RootfsResult made = found is not null
            ? new ArchiveExtraction(request, source, held.State, shared, context).Run(selected.Load(), key: null, archives)
            : held.Do(() => Extract(held, key, archives, shared));
        Claim(held.State);
        return WithArchives(made, held.State);
    }

    private RootfsResult Extract(DestinationLock held, string key, ArchiveWork archives, SharedLayers? shared)
    {
        SharedDirectory.Check(held.State.Content, request, context.Log);
        TreeList.Adopt(held, request);
        return new Extraction(request, source, held, _privileges!, shared, context).Run(selected.Load(), key, archives);
    }

    private void Claim(StateStore state)
    {
        SharedDirectory.Claim(request);
        TreeList.Record(request, state.Content);
    }

    private RootfsResult FindOrWriteArchives(SharedLayers? shared)
    {
        string key = Key;
        using StateStore? state = AcquireArchiveState(create: !request.FailIfNotUpToDate);
        if (state is null)
            throw BuildErrors.NotUpToDate(request.MainPath);
        ArchiveWork archives = ArchivesToDo(state);
        RootfsResult? found = FindDocuments(state, key);
        if (request.FailIfNotUpToDate)
            return found is not null && !archives.Any ? WithArchives(found, state) : throw BuildErrors.NotUpToDate(request.MainPath);
        if (found is not null)
            SharedDirectory.TakeOver(state, request);
        if (found is not null && !archives.Any)
        {
            if (StandingOutputs.Refreshed(state.Content) is { } refreshed)
                state.Write(refreshed);
            SharedDirectory.Claim(request);
            return WithArchives(found, state);
        }
        SharedDirectory.Check(state.Content, request, context.Log);
        RootfsResult made = WriteArchives(state, found is null ? key : null, archives, shared);
        SharedDirectory.Claim(request);
        return WithArchives(made, state);
    }

    /// <summary>After a failure that left no archive, it removes the state file that this build made.</summary>
    private RootfsResult WriteArchives(StateStore state, string? key, ArchiveWork archives, SharedLayers? shared)
    {
        try
        {
            return new ArchiveExtraction(request, source, state, shared, context).Run(selected.Load(), key, archives);
        }
        catch when (state.IsNew && state.Content.Outputs.Count == 0)
        {
            state.Remove();
            throw;
        }
    }

    private StateStore? AcquireArchiveState(bool create) => ArchivePlace.Acquire(request.MainPath, create, context);

    private ArchiveWork ArchivesToDo(StateStore state) => ArchiveWork.Find(state.Content, request, ArchiveKey);

    private RootfsResult? FindDocuments(StateStore state, string key) =>
        state.Content.Key == key && StandingOutputs.HasSameDocuments(state.Content, request) ? ReadResult(state.Content) : null;

    private RootfsResult WithArchives(RootfsResult result, StateStore state)
    {
        List<RootfsArchive> archives = [];
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind.IsArchive && state.Content.Find(output.Path) is { } written)
                archives.Add(new RootfsArchive(written.Path, written.Digest, written.Length));
        }
        return archives.Count == 0 ? result : result with { Archives = archives };
    }

    private RootfsResult? FindTree(DestinationLock held, string key)
    {
        RootfsResult? found = IsUpToDate(held, key) ? ReadResult(held.State.Content) : null;
        // A killed build left part of an old tree, or an earlier build could not remove it.
        if (found is not null && !request.FailIfNotUpToDate && held.Destination.Remains.Any())
            held.Destination.Remains.TryRemove(context);
        return found;
    }

    /// <summary>True when the key and the directory are unchanged, and every other file still has its length.</summary>
    private bool IsUpToDate(DestinationLock held, string key)
    {
        (Destination destination, StateFile state) = (held.Destination, held.State);
        return state.Content.Key == key && IsOfThisBoot(state.Content)
            && destination.Parent.Stat(destination.Name) is { IsDirectory: true } tree && state.Owns(tree)
            && StandingOutputs.HasDocuments(state.Content, request)
            && (request.FailIfNotUpToDate || !IsMorePossible(destination, state));
    }

    private bool IsOfThisBoot(StateContent content)
    {
        if (content.Boot == BootId.Current)
            return true;
        context.Log.Normal($"The machine was started anew since '{request.RootfsDirectory}' was extracted: not all of it need have been written to the disk, so it is extracted again.");
        return false;
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
            return WayBack.IsMorePossible(state.Content.Lacks, request.Ownership, _privileges!, () =>
            {
                destination.RefuseStagingMounts();
                destination.Remove(destination.StagingName, context.Cancellation).ThrowIfFailed();
                isMade = true;
                return destination.MakePrivate(destination.StagingName);
            });
        }
        catch (OciException e)
        {
            // The failed trial changed nothing in the tree.
            context.Log.Detail(e.Message);
            return false;
        }
        finally
        {
            if (isMade)
                _ = destination.Remove(destination.StagingName);
        }
    }

    /// <summary>
    /// The result of the extraction that is still up to date. It comes from that extraction's own output file if there is one, so that the
    /// engine reads no blob. Null where the state file has other layers than the image.
    /// </summary>
    private RootfsResult? ReadResult(StateContent content)
    {
        if (ReadConfigJson() is { } written && written.ManifestDigest == selected.Descriptor.Digest.ToString())
            return written;
        SelectedImage image = selected.Load();
        return content.LayerOrder.Order().SequenceEqual(Enumerable.Range(0, image.Layers.Count)) ? image.ToResult(content.LayerOrder, extracted: false) : null;
    }

    private RootfsResult? ReadConfigJson()
    {
        try
        {
            return request.PathOf(OutputKind.ConfigJson) is { } path ? ConfigJson.Read(File.ReadAllBytes(path), context) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The caller reads the result from the image.
            return null;
        }
    }
}
