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

/// <summary>Makes one tree of one request, or finds it up to date.</summary>
internal sealed class TreeBuild(RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
{
    private readonly Privileges _privileges = Privileges.Current();

    private string Key => BuildKey.Compute(request, selected.Descriptor.Digest, selected.AskedPlatform, _privileges);

    /// <param name="shared">The layers of other images of this run; null for a single image.</param>
    public RootfsResult FindOrExtract(SharedLayers? shared = null)
    {
        string key = Key;
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: !request.FailIfNotUpToDate, context);
        RootfsResult? result = held is null ? null : FindUpToDate(held, key);
        if (request.FailIfNotUpToDate || held is null)
            return result ?? throw BuildErrors.NotUpToDate(request.RootfsDirectory);
        if (result is not null)
            SharedDirectory.TakeOver(held.State, request);
        else
            result = held.Do(() => Extract(held, key, shared));
        SharedDirectory.Claim(request);
        TreeList.Record(request, held.State.Content);
        return result;
    }

    private RootfsResult Extract(DestinationLock held, string key, SharedLayers? shared)
    {
        SharedDirectory.Check(held.State.Content, request, context.Log);
        TreeList.Adopt(held, request);
        return new Extraction(request, source, held, _privileges, shared, context).Run(selected.Load(), key);
    }

    /// <summary>Returns the up-to-date result without making anything; null where there is work to do.</summary>
    public RootfsResult? FindUpToDate()
    {
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: false, context);
        return held is null ? null : FindUpToDate(held, Key);
    }

    private RootfsResult? FindUpToDate(DestinationLock held, string key)
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
            && request.Outputs.All(output => IsThere(output.Path))
            && (request.FailIfNotUpToDate || !IsMorePossible(destination, state));

        bool IsThere(string path) =>
            state.Content.Outputs.FirstOrDefault(o => o.Path == path) is { } written && new FileInfo(path) is { Exists: true } file && file.Length == written.Length;
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
            return WayBack.IsMorePossible(state.Content.Lacks, request.Ownership, _privileges, () =>
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
