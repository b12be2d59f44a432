using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>Looks whether the tree of an image that did not change is as it was left. It changes nothing.</summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeCheck(DestinationLock held, RootfsRequest request, Privileges privileges, EngineContext context)
{
    /// <summary>The places of files with wrong bytes.</summary>
    public IReadOnlyList<int> Wrong { get; private set; } = [];

    /// <summary>Whether a warning said what was found.</summary>
    public bool HasWarned { get; private set; }

    /// <returns>Null where that can't be found out.</returns>
    /// <exception cref="OciException">OCI7102: the tree is not as it was left, and the request forbids to go on.</exception>
    /// <param name="source">The image.</param>
    /// <param name="selected">Its manifest.</param>
    public bool? IsRight(ImageSource source, SelectedManifest selected)
    {
        Destination destination = held.Destination;
        if (held.State.Content.Key is not { } key || new TreeStateFile(destination).Read(key, context) is not { } state)
            return null;
        if (state.HasSetLengths && held.State.Content.Boot != BootId.Current)
            return null;
        using DirectoryHandle? root = destination.Parent.OpenChildPath(destination.Name);
        if (root is null)
            return null;
        using TreeHandles handles = new(state.Tree, root.Hold(), state.KeepsInodes);
        DriftCheck check = new(state.Tree, handles, root, state.KeepsInodes, privileges.ReadsAll, context.Cancellation);
        check.Run();
        if (request.Verify == RootfsVerification.Content)
            CheckContents(source, selected.Load(), state, handles);
        check.Spoil(Wrong);
        if (check.Count == 0 || request.FailIfNotUpToDate)
            return check.Count == 0;
        if (request.Drift == DriftPolicy.Fail)
            throw DiskErrors.Drifted(request.RootfsDirectory!, check.Count, check.Named);
        DiskErrors.WarnDrifted(context.Log, request.RootfsDirectory!, check.Count, check.Named);
        HasWarned = true;
        return false;
    }

    private void CheckContents(ImageSource source, SelectedImage image, TreeState state, TreeHandles handles)
    {
        using ImageReading reading = new(request, source, image, new KnownLayers(image, state.Layers), shared: null, context.Quiet);
        reading.Read(new NoContents());
        Dictionary<ContentRef, int> places = state.Tree.Files(place => state.Tree[place].Inode.Content);
        using ContentCheck check = new(state.Tree, handles, places);
        reading.Fetch([.. places.Keys], check);
        Wrong = check.Wrong;
        if (check.Unreadable > 0)
            context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"{check.Unreadable} files were not compared, because their modes keep this user out."));
    }
}
