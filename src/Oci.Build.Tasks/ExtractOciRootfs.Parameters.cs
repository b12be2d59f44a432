using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>
/// Makes one root filesystem from one OCI image: a directory, archives or both. Only <see cref="ImageTask.Image"/> is required, and
/// <see cref="RootfsDirectory"/> or <see cref="RootfsArchive"/>. By default, the three files beside the tree have its name: the tree <c>out/app/</c> gets <c>out/app.config.json</c>, <c>out/app.props</c>
/// and <c>out/app.mtree</c>.
/// </summary>
public sealed partial class ExtractOciRootfs
{
    /// <summary>The parameters with the paths of the files besides the tree, by kind.</summary>
    private readonly Dictionary<OutputKind, ITaskItem?> _files = [];

    /// <summary>The directory of the tree. It must be absent, empty, or made by an earlier build of this tree. Not set: only archives.</summary>
    public ITaskItem? RootfsDirectory { get; set; }

    /// <summary>
    /// Archives of the whole tree, with its true owners, modes, devices and attributes, whoever builds. A name ends in <c>.tar</c>,
    /// <c>.tar.zst</c>, <c>.tar.gz</c> or <c>.wsl</c>. Out: their absolute paths.
    /// </summary>
    [Output]
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes a list from.")]
    public ITaskItem[] RootfsArchive { get; set; } = [];

    /// <summary>The digests of the archives, <c>sha256:…</c>, in their order.</summary>
    [Output]
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes a list from.")]
    public string[] ArchiveDigests => Only(nameof(ArchiveDigests))?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>1 (fast) to 19 (small). Default: 3 for zstd, 6 for gzip, which has no level above 9.</summary>
    public string? ArchiveCompressionLevel { get; set; }

    /// <summary>
    /// The times in archives. <c>Keep</c>: the image's. <c>Clamp</c>: the image's, but none after <see cref="SourceDateEpoch"/>. <c>Set</c>:
    /// <see cref="SourceDateEpoch"/> for all. Default: <c>Clamp</c> where <see cref="SourceDateEpoch"/> is given, else <c>Keep</c>.
    /// </summary>
    public string? ArchiveMtime { get; set; }

    /// <summary>The bytes of holes in one file beyond which an archive has it as a sparse one. Default: 67108864 (64 MiB).</summary>
    public string? ArchiveHoleThreshold { get; set; }

    /// <summary>
    /// The devices in archives. <c>Keep</c> (default), <c>Skip</c>, <c>SkipOutsideDev</c>: none that is not below <c>/dev</c>. <c>Fail</c>: a
    /// device is an error.
    /// </summary>
    public string? ArchiveDevices { get; set; }

    /// <summary>
    /// The extended attributes in archives, divided by semicolons; <c>*</c> stands for any text. Default: <c>*</c>. <c>none</c> for none.
    /// </summary>
    public string? ArchiveXattrs { get; set; }

    /// <summary>
    /// Who takes the archives, divided by semicolons: <c>Proxmox</c>, <c>Wsl</c>, <c>Lxc</c>, <c>Incus</c>, <c>Nspawn</c>. What keeps them from it is
    /// a warning.
    /// </summary>
    public string? ArchiveFor { get; set; }

    /// <summary>
    /// The identity of the image's items in <see cref="ConfigProps"/>. Default: the last component of <see cref="ImageTask.Image"/>,
    /// without an ending such as <c>.tar</c>.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>
    /// In: <c>os/architecture[/variant]</c>; default: Linux on the machine's architecture; or <c>all</c>. Out: the chosen platform. With
    /// <c>all</c>, this and the outputs below that describe one image stay empty: <see cref="Rootfs"/> has an item for each.
    /// </summary>
    [Output]
    public string? Platform { get; set; }

    /// <summary>File for digests, layers and the image's whole configuration. Out: its absolute path.</summary>
    [Output]
    public ITaskItem? ConfigJson { get => _files.GetValueOrDefault(OutputKind.ConfigJson); set => _files[OutputKind.ConfigJson] = value; }

    /// <summary>Importable MSBuild file with the configuration. Out: its absolute path.</summary>
    [Output]
    public ITaskItem? ConfigProps { get => _files.GetValueOrDefault(OutputKind.ConfigProps); set => _files[OutputKind.ConfigProps] = value; }

    /// <summary>The mtree file, with every path of the tree. Out: its absolute path.</summary>
    [Output]
    public ITaskItem? Mtree { get => _files.GetValueOrDefault(OutputKind.Mtree); set => _files[OutputKind.Mtree] = value; }

    /// <summary>A part of an LXC configuration, which runs the image. Without a path there is none. Out: its absolute path.</summary>
    [Output]
    public ITaskItem? LxcConfig { get => _files.GetValueOrDefault(OutputKind.LxcConfig); set => _files[OutputKind.LxcConfig] = value; }

    /// <summary>
    /// A list of how the tree differs from the one that stood before it. Without a path there is none. Out: its absolute path.
    /// </summary>
    [Output]
    public ITaskItem? Changes { get => _files.GetValueOrDefault(OutputKind.Changes); set => _files[OutputKind.Changes] = value; }

    /// <summary>The <c>config.json</c> of an OCI runtime bundle, which runs the image. Without a path there is none. Out: its absolute path.</summary>
    [Output]
    public ITaskItem? RuntimeConfig { get => _files.GetValueOrDefault(OutputKind.RuntimeConfig); set => _files[OutputKind.RuntimeConfig] = value; }

    /// <summary>
    /// The tree as an image of one layer: an OCI archive and a docker-archive at once, <c>.tar</c>. Without a path there is none. Out: its
    /// absolute path.
    /// </summary>
    [Output]
    public ITaskItem? ImageArchive { get => _files.GetValueOrDefault(OutputKind.ImageArchive); set => _files[OutputKind.ImageArchive] = value; }

    /// <summary>The digest of <see cref="ImageArchive"/>, <c>sha256:…</c>.</summary>
    [Output]
    public string ImageArchiveDigest => Only(nameof(ImageArchiveDigest)) ?? "";

    /// <summary>The compression of the layer in <see cref="ImageArchive"/>: <c>Gzip</c> (default) or <c>Zstd</c>.</summary>
    public string? ImageArchiveCompression { get; set; }

    /// <summary>The image's name in <see cref="ImageArchive"/>, <c>repository[:tag]</c>. Default: made of <see cref="Name"/>.</summary>
    public string? ImageArchiveReference { get; set; }

    /// <summary>The <c>root.path</c> in <see cref="RuntimeConfig"/>. Default: the path of the tree relative to that file's directory.</summary>
    public string? RuntimeConfigRoot { get; set; }

    /// <summary><c>true</c>: <see cref="RuntimeConfig"/> mounts a tmpfs at each volume of the image.</summary>
    public string? RuntimeConfigTmpfs { get; set; }

    /// <summary><c>Auto</c> (default), <c>Preserve</c> or <c>Record</c>.</summary>
    public string? Ownership { get; set; }

    /// <summary>
    /// <c>true</c> adds <c>u+rwX</c> on disk, so that the user can remove the tree with any tool. Default: <c>true</c>, for root
    /// <c>false</c>.
    /// </summary>
    public string? MakeWritable { get; set; }

    /// <summary><c>true</c>: where a layer has a directory and the tree has a link to a directory, the link stays.</summary>
    public string? KeepDirectorySymlinks { get; set; }

    /// <summary>
    /// <c>true</c> adds <c>/dev</c>, <c>/proc</c>, <c>/run</c>, <c>/sys</c>, <c>/tmp</c> and <c>/usr</c> to a tree that lacks them.
    /// </summary>
    public string? CreateMountPoints { get; set; }

    /// <summary><c>true</c> adds the directories of the image's volumes to a tree that lacks them.</summary>
    public string? CreateVolumes { get; set; }

    /// <summary>
    /// <c>false</c>: a changed image replaces the tree whole. Default: <c>true</c>, only what differs is changed; the result is the same.
    /// </summary>
    public string? Incremental { get; set; }

    /// <summary>
    /// What happens where a build finds that somebody has changed the tree since it was extracted: <c>Restore</c> (default) makes it right,
    /// <c>Fail</c> ends the build.
    /// </summary>
    public string? Drift { get; set; }

    /// <summary>
    /// <c>true</c>: every build looks whether the tree was changed since it was extracted. <c>Content</c>: it compares all bytes too. Default:
    /// <c>false</c>.
    /// </summary>
    public string? VerifyRootfs { get; set; }

    /// <summary>The mtime of directories that no layer lists, in seconds since the epoch. Default: 0.</summary>
    public string? SourceDateEpoch { get; set; }

    /// <summary>
    /// Patterns of paths that are taken out of the image's tree: <c>*</c> and <c>?</c> stand for characters of one name, <c>**</c> for any
    /// number of names.
    /// </summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public string[] RemovePaths { get; set; } = [];

    /// <summary>Patterns of paths that stay in spite of <see cref="RemovePaths"/>.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public string[] KeepPaths { get; set; } = [];

    /// <summary>Files to add to the tree: <c>OciRootfsFile</c> items.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public ITaskItem[] OwnFiles { get; set; } = [];

    /// <summary>Directories to add to the tree, or to change in it: <c>OciRootfsDirectory</c> items.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public ITaskItem[] OwnDirectories { get; set; } = [];

    /// <summary>Symlinks to add to the tree: <c>OciRootfsSymlink</c> items.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public ITaskItem[] OwnSymlinks { get; set; } = [];

    /// <summary>
    /// The file that remembers the digests of <see cref="OwnFiles"/>, so that a build with nothing to do reads none of them. Without it every
    /// build reads them.
    /// </summary>
    public ITaskItem? OwnFilesCache { get; set; }

    /// <summary>
    /// The project that asks for the tree: for the state file beside it, and for the line that says where the tree is. Default: the file
    /// with the call of this task.
    /// </summary>
    public ITaskItem? ProjectFile { get; set; }

    /// <summary>
    /// The file that lists the project's trees: <see cref="CleanOciRootfs"/> removes those that the project no longer asks for. Without it
    /// there is no list.
    /// </summary>
    public ITaskItem? TreeList { get; set; }

    [Output]
    public string ManifestDigest => Only(nameof(ManifestDigest)) ?? "";

    [Output]
    public string ConfigDigest => Only(nameof(ConfigDigest)) ?? "";

    /// <summary>The digests of the blobs as stored, bottom layer first.</summary>
    [Output]
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes a list from.")]
    public string[] LayerDigests => Only(nameof(LayerDigests))?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>True when the task did any work, for any platform; false when everything was up to date.</summary>
    [Output]
    public bool Extracted { get; private set; }

    /// <summary>A JSON array of strings; empty when the image has none.</summary>
    [Output]
    public string Entrypoint => Only(nameof(Entrypoint)) ?? "";

    /// <summary>A JSON array of strings; empty when the image has none.</summary>
    [Output]
    public string Cmd => Only(nameof(Cmd)) ?? "";

    /// <summary>A JSON array of <c>NAME=value</c> strings, in the image's order.</summary>
    [Output]
    public string Env => Only(nameof(Env)) ?? "";

    [Output]
    public string WorkingDirectory => Only(nameof(WorkingDirectory)) ?? "";

    [Output]
    public string User => Only(nameof(User)) ?? "";

    [Output]
    public string StopSignal => Only(nameof(StopSignal)) ?? "";

    /// <summary>A JSON array of <c>port[/protocol]</c> strings, sorted.</summary>
    [Output]
    public string ExposedPorts => Only(nameof(ExposedPorts)) ?? "";

    /// <summary>A JSON array of paths, sorted.</summary>
    [Output]
    public string Volumes => Only(nameof(Volumes)) ?? "";

    /// <summary>A JSON object of strings, sorted by key.</summary>
    [Output]
    public string Labels => Only(nameof(Labels)) ?? "";

    /// <summary>
    /// The tree as an item. Its identity is the directory (absolute, ending in a separator), or without one the first archive. Its metadata
    /// are all outputs above. There is one item a platform.
    /// </summary>
    [Output]
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes a list from.")]
    public ITaskItem[] Rootfs { get; private set; } = [];

    /// <inheritdoc />
    public bool FailIfNotIncremental { get; set; }
}
