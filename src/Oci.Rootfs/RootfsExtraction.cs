namespace Oci.Rootfs;

/// <summary>One tree of several that one call made.</summary>
/// <param name="Request">What was asked for this tree: its own places and its own name.</param>
/// <param name="Result">What was extracted, or was found extracted already.</param>
public sealed record RootfsExtraction(RootfsRequest Request, RootfsResult Result);
