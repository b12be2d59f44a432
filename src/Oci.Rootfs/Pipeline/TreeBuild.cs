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

/// <summary>One tree of one request: found up to date, or extracted.</summary>
internal sealed class TreeBuild(RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
{
    private readonly Privileges _privileges = Privileges.Current();

    private string Key => BuildKey.Compute(request, selected.Descriptor.Digest, _privileges);

    /// <param name="shared">Layers of other images of this run; null for an image alone.</param>
    public RootfsResult FindOrExtract(SharedLayers? shared = null)
    {
        string key = Key;
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: !request.FailIfNotUpToDate, context);
        if (held is not null && FindUpToDate(held, key) is { } found)
            return found;
        if (held is null || request.FailIfNotUpToDate)
            throw BuildErrors.NotUpToDate(request.RootfsDirectory);
        Extraction extraction = new(request, source, held, _privileges, shared, context);
        return held.Do(() => extraction.Run(selected.Load(), key));
    }

    /// <summary>Makes nothing. Null where there is work to do.</summary>
    public RootfsResult? FindUpToDate()
    {
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: false, context);
        return held is null ? null : FindUpToDate(held, Key);
    }

    private RootfsResult? FindUpToDate(DestinationLock held, string key) => IsUpToDate(held, key) ? ReadResult(held.State.Content) : null;

    /// <summary>The same key, the same directory, and every other file still there with its length: nothing is to be done.</summary>
    private bool IsUpToDate(DestinationLock held, string key)
    {
        (Destination destination, StateFile state) = (held.Destination, held.State);
        return state.Content.Key == key
            && destination.Parent.Stat(destination.Name) is { IsDirectory: true } tree && state.Owns(tree)
            && IsThere(request.ConfigJson) && IsThere(request.ConfigProps) && IsThere(request.Mtree)
            && (request.FailIfNotUpToDate || !IsMorePossible(destination, state));

        bool IsThere(string? output) => output is null
            || (state.Content.Outputs.FirstOrDefault(o => o.Path == output) is { } written && new FileInfo(output) is { Exists: true } file && file.Length == written.Length);
    }

    /// <summary>
    /// Whether what the tree lacks could be set now: another file system is mounted, a sandbox was opened. Nothing is tried for a tree
    /// that lacks nothing, or only what the key's privileges forbid.
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
                destination.RemoveStaging();
                isMade = true;
                return destination.MakePrivate(destination.StagingName);
            });
        }
        catch (OciException e)
        {
            // The tree stands, and is as good as it was.
            context.Log.Detail(e.Message);
            return false;
        }
        finally
        {
            if (isMade)
                Remove(destination);
        }
    }

    private void Remove(Destination destination)
    {
        try
        {
            destination.RemoveStaging();
        }
        catch (OciException e)
        {
            context.Log.Detail(e.Message);
        }
    }

    /// <summary>
    /// What the extraction that is still good had found; from its own output where there is one, so that no blob is read. Null where the
    /// state file speaks of other layers than the image has.
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
            return request.ConfigJson is null ? null : ConfigJson.Read(File.ReadAllBytes(request.ConfigJson), context);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The image says the same.
            return null;
        }
    }
}
