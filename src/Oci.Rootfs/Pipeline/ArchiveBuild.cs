using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>Makes archives and documents without a directory, or finds them up to date.</summary>
internal sealed class ArchiveBuild(RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
    : OutputBuild(request, source, selected, context)
{
    private string Key => BuildKey.OfTree(Request, Selected.Descriptor.Digest, Selected.AskedPlatform, privileges: null);

    public override RootfsResult FindOrExtract(SharedLayers? shared = null)
    {
        string key = Key;
        using StateStore? state = Acquire(create: !Request.FailIfNotUpToDate);
        if (state is null)
            throw BuildErrors.NotUpToDate(Request.MainPath);
        ArchiveWork archives = ArchivesToDo(state);
        RootfsResult? found = FindDocuments(state, key);
        if (Request.FailIfNotUpToDate)
            return found is not null && !archives.Any ? WithArchives(found, state) : throw BuildErrors.NotUpToDate(Request.MainPath);
        if (found is not null)
            SharedDirectory.TakeOver(state, Request);
        if (found is null || archives.Any)
            found = Extract(state, found is null ? key : null, archives, shared);
        else if (StandingOutputs.Refreshed(state.Content) is { } refreshed)
            state.Write(refreshed);
        SharedDirectory.Claim(Request);
        return WithArchives(found, state);
    }

    public override RootfsResult? FindUpToDate()
    {
        using StateStore? state = Acquire(create: false);
        return state is not null && !ArchivesToDo(state).Any && FindDocuments(state, Key) is { } found ? WithArchives(found, state) : null;
    }

    /// <summary>After a failure that left no archive, it removes the state file that this build made.</summary>
    private RootfsResult Extract(StateStore state, string? key, ArchiveWork archives, SharedLayers? shared)
    {
        SharedDirectory.Check(state.Content, Request, Context.Log);
        try
        {
            return new ArchiveExtraction(Request, Source, state, shared, Context).Run(Selected.Load(), key, archives);
        }
        catch when (state.IsNew && state.Content.Outputs.Count == 0)
        {
            state.Remove();
            throw;
        }
    }

    private StateStore? Acquire(bool create) => ArchivePlace.Acquire(Request.MainPath, create, Context);

    private RootfsResult? FindDocuments(StateStore state, string key) =>
        state.Content.Key == key && StandingOutputs.HasSameDocuments(state.Content, Request) ? ReadResult(state.Content) : null;
}
