using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI63xx: archives of the tree.</summary>
internal static class ArchiveErrors
{
    public static OciException UnknownSuffix(string path, string suffixes) => new("OCI6301", "The name of the archive does not end like one that this package writes")
    {
        Entry = SafeText.Show(path),
        Expected = $"a name that ends in one of {suffixes}",
        Found = SafeText.Show(Path.GetFileName(path)),
        Hint = "The ending chooses the compression. Most consumers go by it too.",
    };

    public static OciException TooLarge(long limit) =>
        LimitErrors.Exceeded(nameof(RootfsLimits.MaxRootfsArchiveBytes), "The archive of the tree would be too large", limit);

    public static OciException BadLevel(string value) => new("OCI6303", "ArchiveCompressionLevel is not a level of compression")
    {
        Expected = "a number from 1 (fast) to 19 (small)",
        Found = SafeText.Show(value),
        Hint = "Leave it out for the usual level: 3 for zstd, 6 for gzip.",
    };

    public static OciException BadMtime(string value) => new("OCI6304", "ArchiveMtime is not known")
    {
        Expected = "Keep, Clamp or Set",
        Found = SafeText.Show(value),
        Hint = "Leave it out to keep the image's times, or to clamp them where SourceDateEpoch is given.",
    };

    public static OciException BadHoleThreshold(string value) => new("OCI6305", "ArchiveHoleThreshold is not a number of bytes")
    {
        Expected = "a number of bytes from 0 on, in digits",
        Found = SafeText.Show(value),
        Hint = "Leave it out for 67108864 (64 MiB).",
    };

    public static OciException BadDevices(string value) => new("OCI6321", "ArchiveDevices is not known")
    {
        Expected = "Keep, Skip, SkipOutsideDev or Fail",
        Found = SafeText.Show(value),
        Hint = "Leave it out to keep all devices.",
    };

    public static OciException BadXattrs(string pattern) => new("OCI6322", "ArchiveXattrs has a pattern that fits no extended attribute")
    {
        Expected = "names such as security.capability or user.*, divided by ';', or none",
        Found = SafeText.Show(pattern),
        Hint = "Every name begins with a namespace: user., security., trusted. or system.",
    };

    public static OciException BadConsumer(string value) => new("OCI6324", "ArchiveFor names a consumer that is not known")
    {
        Expected = "names among Proxmox, Wsl, Lxc, Incus and Nspawn, divided by ';'",
        Found = SafeText.Show(value),
        Hint = "Leave it out for no checks.",
    };

    public static OciException ImageSuffix(string path) => new("OCI6331", "The name of the image archive does not end in .tar")
    {
        Entry = SafeText.Show(path),
        Expected = "a name that ends in .tar",
        Found = SafeText.Show(Path.GetFileName(path)),
        Hint = "It is never compressed as a whole: its layer is. ImageArchiveCompression says how.",
    };

    public static OciException BadReference(string reference) => new("OCI6332", "ImageArchiveReference is no name of an image")
    {
        Expected = "repository or repository:tag, the repository in small letters",
        Found = SafeText.Show(reference),
        Hint = "Leave it out for a name made of the item's Name.",
    };

    public static OciException BadImageCompression(string value) => new("OCI6333", "ImageArchiveCompression is not known")
    {
        Expected = "Gzip or Zstd",
        Found = SafeText.Show(value),
        Hint = "Leave it out for Gzip.",
    };

    public static OciException DeviceRefused(ReadOnlySpan<byte> path) => new("OCI6323", "The tree has a device, and ArchiveDevices is Fail")
    {
        Entry = SafeText.Show(path),
        Expected = "no devices",
        Hint = "Remove it from the image, or set ArchiveDevices to Skip or SkipOutsideDev.",
    };

    public static OciException Nothing() => new("OCI6306", "There is nothing to make")
    {
        Expected = "a RootfsDirectory, a RootfsArchive, an ImageArchive, or several of them",
        Found = "none",
        Hint = "An empty RootfsDirectory means that only archives are made: name one in RootfsArchive.",
    };

    /// <summary>OCI6353, a warning.</summary>
    public static void WarnWhiteout(RootfsLog log, ReadOnlySpan<byte> path) => log.Warning("OCI6353",
        $"The image archive leaves out '{SafeText.Show(path)}', a character device 0:0: in a layer, container engines take it for a whiteout.");

    /// <summary>OCI6361 to OCI6365, a warning: one code a consumer.</summary>
    /// <param name="log">The log.</param>
    /// <param name="consumer">Who takes the archive.</param>
    /// <param name="what">What this consumer will do, why, and what helps: whole sentences.</param>
    public static void WarnConsumer(RootfsLog log, ArchiveConsumers consumer, string what) => log.Warning(
        consumer switch
        {
            ArchiveConsumers.Proxmox => "OCI6361",
            ArchiveConsumers.Wsl => "OCI6362",
            ArchiveConsumers.Lxc => "OCI6363",
            ArchiveConsumers.Incus => "OCI6364",
            _ => "OCI6365",
        }, what);

    /// <summary>OCI6351, a warning.</summary>
    public static void WarnSparse(RootfsLog log, ReadOnlySpan<byte> path, long holes) => log.Warning("OCI6351", string.Create(CultureInfo.InvariantCulture,
        $"The file '{SafeText.Show(path)}' has {holes} bytes of holes: the archive has it as a sparse file. GNU tar and libarchive read that; busybox, mkfs.erofs and sqfstar do not. Raise ArchiveHoleThreshold to have the zeros in the archive."));

    /// <summary>OCI6352, a warning.</summary>
    public static void WarnTgz(RootfsLog log, string path) => log.Warning("OCI6352",
        $"Proxmox takes no archive whose name ends in .tgz. Call '{SafeText.Show(Path.GetFileName(path))}' .tar.gz to have it taken everywhere.");
}
