namespace Oci.Rootfs;

/// <summary>What happens to a tree that somebody has changed since it was extracted.</summary>
public enum DriftPolicy
{
    /// <summary>It is made right, with the warning OCI7101.</summary>
    Restore,

    /// <summary>The build fails with OCI7102, and touches nothing.</summary>
    Fail,
}
