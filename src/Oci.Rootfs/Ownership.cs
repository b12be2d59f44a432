namespace Oci.Rootfs;

/// <summary>How the engine treats owners, devices, setuid bits and privileged attributes in the directory.</summary>
public enum Ownership
{
    /// <summary>
    /// The engine sets what this process may set. It decides once for the whole tree and records the rest in the mtree file.
    /// </summary>
    Auto,

    /// <summary>The engine sets all of it. It fails if it can't.</summary>
    Preserve,

    /// <summary>The engine sets none of it, even as root. It records all of it in the mtree file.</summary>
    Record,
}
