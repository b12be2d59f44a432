namespace Oci.Rootfs;

/// <summary>What becomes of owners, devices, setuid bits and privileged attributes in the directory.</summary>
public enum Ownership
{
    /// <summary>What this process may set goes on disk, decided once for the whole tree; the rest is recorded in the mtree file.</summary>
    Auto,

    /// <summary>All of it goes on disk; an error where that can't be.</summary>
    Preserve,

    /// <summary>None of it goes on disk, even for root; all of it is recorded.</summary>
    Record,
}
