namespace Oci.Rootfs;

/// <summary>The modification times in an archive of the tree. The directory and the mtree file keep the image's own.</summary>
public enum ArchiveMtime
{
    /// <summary>The image's times.</summary>
    Keep,

    /// <summary>The image's times, but none later than <see cref="RootfsRequest.SourceDateEpoch"/> (reproducible-builds.org's meaning of it).</summary>
    Clamp,

    /// <summary><see cref="RootfsRequest.SourceDateEpoch"/> for every path.</summary>
    Set,
}
