namespace Oci.Rootfs;

/// <summary>One of the trees that one call made.</summary>
/// <param name="Request">The request for this tree, with its own paths and its own name.</param>
/// <param name="Result">The result, extracted now or found up to date.</param>
public sealed record RootfsExtraction(RootfsRequest Request, RootfsResult Result);
