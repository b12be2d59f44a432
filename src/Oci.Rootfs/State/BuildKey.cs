using System.Globalization;
using System.Text;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.State;

/// <summary>
/// Identifies the input of a tree: the manifest's digest (hence that of every blob), the effective options and the engine. Equal keys mean
/// equal outputs. No time stamp is part of a key.
/// </summary>
internal static class BuildKey
{
    /// <param name="request">The request, for its effective options.</param>
    /// <param name="manifest">The manifest of the chosen image.</param>
    /// <param name="askedPlatform">The platform that the user asked for, where the image itself names none; otherwise null.</param>
    /// <param name="privileges">
    /// The metadata that the builder may set in a directory. It affects no other output. Null where there is no directory.
    /// </param>
    public static string OfTree(RootfsRequest request, Digest manifest, OciPlatform? askedPlatform, Privileges? privileges)
    {
        StringBuilder text = new();
        AddImage(text, manifest, askedPlatform);
        AddMerge(text, request, request.Own?.Key);
        AddOutputs(text, request, archives: false);
        if (privileges is not null)
        {
            AddDisk(text, request);
            Add(text, "privileges", request.Ownership == Ownership.Record ? privileges.UserId.ToString(CultureInfo.InvariantCulture) : privileges.ToString());
        }
        return Hash(text);
    }

    /// <summary>
    /// The key of one archive. It lies in the state file with the archive's path, whose end says the compression. Nothing of the builder is
    /// in it: an archive is the same whoever makes it.
    /// </summary>
    public static string OfArchive(RootfsRequest request, Digest manifest, OciPlatform? askedPlatform)
    {
        StringBuilder text = new();
        AddImage(text, manifest, askedPlatform);
        AddMerge(text, request, request.Own?.Key);
        AddArchive(text, request.Archive);
        return Hash(text);
    }

    /// <summary>The key of an image archive. The image's config is in it, for which the manifest's digest stands.</summary>
    public static string OfImageArchive(RootfsRequest request, Digest manifest, OciPlatform? askedPlatform)
    {
        StringBuilder text = new();
        AddImage(text, manifest, askedPlatform);
        AddMerge(text, request, request.Own?.Key);
        AddArchive(text, request.Archive);
        Add(text, "name", request.Name);
        AddImageArchive(text, request.ImageArchive);
        return Hash(text);
    }

    /// <summary>The keys of all archives of a request.</summary>
    public static ArchiveKeys OfArchives(RootfsRequest request, Digest manifest, OciPlatform? askedPlatform) =>
        new(OfArchive(request, manifest, askedPlatform), OfImageArchive(request, manifest, askedPlatform));

    /// <summary>
    /// Identifies what a project asks for, whatever the image holds now: the image's place and the effective options. Two projects that ask
    /// for the same may share a tree.
    /// </summary>
    public static string OfRequest(RootfsRequest request)
    {
        StringBuilder text = new();
        Add(text, "image", request.Image.Location);
        Add(text, "reference", request.Reference);
        Add(text, "platform", request.Platform);
        AddMerge(text, request, request.Own?.AskedKey);
        AddOutputs(text, request, archives: true);
        AddDisk(text, request);
        AddArchive(text, request.Archive);
        AddImageArchive(text, request.ImageArchive);
        return Hash(text);
    }

    private static void AddImage(StringBuilder text, Digest manifest, OciPlatform? askedPlatform)
    {
        Add(text, "engine", typeof(BuildKey).Assembly.GetName().Version?.ToString());
        Add(text, "build", typeof(BuildKey).Module.ModuleVersionId.ToString());
        Add(text, "manifest", manifest.ToString());
        Add(text, "platform", askedPlatform?.ToString());
    }

    /// <summary>What the merged tree depends on besides the image.</summary>
    private static void AddMerge(StringBuilder text, RootfsRequest request, string? own)
    {
        if (own is not null)
            Add(text, "own", own);
        Add(text, "keepDirectorySymlinks", request.KeepDirectorySymlinks.ToString());
        Add(text, "sourceDateEpoch", request.SourceDateEpoch.ToString(CultureInfo.InvariantCulture));
        Add(text, "createMountPoints", request.CreateMountPoints.ToString());
        Add(text, "createVolumes", request.CreateVolumes.ToString());
    }

    private static void AddOutputs(StringBuilder text, RootfsRequest request, bool archives)
    {
        Add(text, "name", request.Name);
        foreach (RequestedOutput output in request.Outputs)
        {
            if (archives || !output.Kind.IsArchive)
                Add(text, output.Kind.Name, output.Path);
        }
        Add(text, "runtimeConfigRoot", request.RuntimeRoot);
        Add(text, "runtimeConfigTmpfs", request.RuntimeConfigTmpfs.ToString());
    }

    private static void AddDisk(StringBuilder text, RootfsRequest request)
    {
        Add(text, "makeWritable", request.MakeWritable.ToString());
        Add(text, "ownership", request.Ownership.ToString());
    }

    private static void AddArchive(StringBuilder text, ArchiveOptions options)
    {
        Add(text, "level", options.CompressionLevel?.ToString(CultureInfo.InvariantCulture));
        Add(text, "mtime", options.Mtime.ToString());
        Add(text, "holeThreshold", options.HoleThreshold.ToString(CultureInfo.InvariantCulture));
        Add(text, "devices", options.Devices.ToString());
        foreach (string pattern in options.Xattrs)
            Add(text, "xattrs", pattern);
        Add(text, "for", options.For.ToString());
    }

    private static void AddImageArchive(StringBuilder text, ImageArchiveOptions options)
    {
        Add(text, "imageCompression", options.Compression.ToString());
        Add(text, "imageReference", options.Reference);
    }

    private static void Add(StringBuilder text, string name, string? value) =>
        text.Append(name).Append('=').Append(value?.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');

    private static string Hash(StringBuilder text) => Sha256Text.Of(text.ToString());
}
