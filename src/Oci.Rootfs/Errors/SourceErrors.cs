using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>
/// OCI1xxx: the image file or directory itself can't be used. Callers pass names from the image ready to be shown, but not paths.
/// </summary>
internal static class SourceErrors
{
    /// <param name="path">The path.</param>
    /// <param name="reference">The text that the user wrote, where it reads like an image in a registry.</param>
    public static OciException NotFound(string path, string? reference = null) => new("OCI1001", "The image does not exist")
    {
        Entry = SafeText.Show(path),
        Hint = reference is null ? "Check the path of the item; a relative path starts at the project's directory." : RegistryErrors.HintOfReference(reference),
    };

    public static OciException NoPermission(string path) => new("OCI1002", "The image can't be opened for lack of permission")
    {
        Entry = SafeText.Show(path),
        Hint = "Give the user who builds the right to read it.",
    };

    public static OciException NotAFile(string path, string kind) => new("OCI1003", "The image is neither a regular file nor a directory")
    {
        Entry = SafeText.Show(path),
        Found = kind,
        Hint = "An image is read more than once and out of order: store it in a file.",
    };

    public static OciException Empty(string path) => new("OCI1004", "The image file is empty")
    {
        Entry = SafeText.Show(path),
        Hint = "The tool that should have written it probably failed.",
    };

    /// <param name="found">The kind of file that it is instead.</param>
    /// <param name="hint">Null for a hint on how images are made.</param>
    public static OciException NotAnImage(string found, string? hint = null) => new("OCI1005", "This is not an OCI image")
    {
        Expected = "an OCI archive, an OCI layout directory or a docker-archive",
        Found = found,
        Hint = hint ?? "Images are made by, for example, 'skopeo copy … oci-archive:image.tar' or 'podman save --format oci-archive'.",
    };

    public static OciException CompressedArchive(string compression, string readable, string tool) => new("OCI1006", "The image archive as a whole is compressed")
    {
        Expected = $"a tar archive, plain or compressed with {readable}",
        Found = compression,
        Hint = $"Decompress it once, for example with '{tool}'.",
    };

    public static OciException CacheNotWritten(string directory, Exception cause) => new("OCI1019", "The cache of unpacked image archives can't be written", cause)
    {
        Entry = SafeText.Show(directory),
        Found = SafeText.Show(cause.Message.TrimEnd('.')),
        Hint = "Make room or give the right to write there, or set OciCacheDirectory (of the task alone: CacheDirectory) to another place.",
    };

    public static OciException DamagedArchive(string found, OciException? cause = null) => new("OCI1007", "The image archive is damaged", cause)
    {
        Entry = cause?.Entry,
        Found = found,
        Hint = "Copy or download it again.",
    };

    public static OciException NoIndex() => new("OCI1008", "The image has no index.json")
    {
        Hint = "An OCI layout lists its images there; the copy of this one is probably incomplete.",
    };

    public static OciException DuplicateFile(string name) => new("OCI1009", "The image archive has two different files of one name")
    {
        Entry = name,
        Hint = "Which of them counts would depend on the tool that reads it: write the archive afresh instead of appending to it.",
    };

    public static OciException NotARegularFile(string name, string kind) => new("OCI1010", "A file of the image is not a regular file")
    {
        Entry = name,
        Expected = "a regular file",
        Found = kind,
    };

    /// <param name="name">The name of the file in a layout.</param>
    /// <param name="found">The text in its place.</param>
    /// <param name="hint">How the user gets the file.</param>
    public static OciException NotFetched(string name, string found, string hint) => new("OCI1020", "A file of the image is only a text in place of the real file")
    {
        Entry = name,
        Found = found,
        Hint = hint,
    };

    public static OciException MissingBlob(string digest) => new("OCI1011", "A blob of the image is missing", isMissingBlob: true)
    {
        Entry = digest,
        Hint = "The image was copied incompletely, perhaps for another platform only. What an archive or a layout lacks is never fetched.",
    };

    /// <param name="first">The first missing blob.</param>
    /// <param name="missing">The number of missing blobs.</param>
    /// <param name="all">The number of the image's blobs without its manifest.</param>
    public static OciException MissingBlobs(string first, int missing, int all) => new("OCI1011", "Blobs of the image are missing", isMissingBlob: true)
    {
        Entry = first,
        Found = string.Create(CultureInfo.InvariantCulture, $"{all - missing} of {all} blobs"),
        Hint = "The image was copied incompletely, perhaps for another platform only. What an archive or a layout lacks is never fetched.",
    };

    public static OciException BadLink(string name, string found) => new("OCI1012", "A link in the image archive leads nowhere")
    {
        Entry = name,
        Expected = "a regular file of the same archive",
        Found = found,
    };

    public static OciException LayoutVersion(string found) => new("OCI1013", "The image layout has an unknown version")
    {
        Entry = "oci-layout",
        Expected = "imageLayoutVersion 1.0.0",
        Found = SafeText.Show(found),
    };

    /// <summary>OCI1014, a warning.</summary>
    public static void WarnNoLayoutFile(RootfsLog log, string image) =>
        log.Warning("OCI1014", $"The image '{SafeText.Show(image)}' has no oci-layout file; it is read as version 1.0.0.");

    public static OciException ReadFailed(string name, Exception cause) => DiskErrors.IfTooManyOpenFiles(name, cause) ?? new("OCI1015", "The image can't be read", cause)
    {
        Entry = name,
        Found = SafeText.Show(cause.Message.TrimEnd('.')),
    };

    public static OciException Changed(string name) => new("OCI1016", "The image changed while it was read")
    {
        Entry = name,
        Found = "a file that ends earlier than it did",
        Hint = "Let the tool that writes the image end before the build starts.",
    };

    public static OciException BadDockerArchive(string what, string found) => new("OCI1017", "The docker-archive contradicts itself")
    {
        Entry = what,
        Found = found,
    };
}
