using Oci.Rootfs.Context;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>The input of the documents of one extraction.</summary>
/// <param name="Tree">The merged tree.</param>
/// <param name="Result">The extracted image.</param>
/// <param name="Config">The image's config document as stored.</param>
/// <param name="Name">The image's short name.</param>
/// <param name="Context">Limits, log and cancellation.</param>
internal sealed record OutputContent(RootfsTree Tree, RootfsResult Result, byte[] Config, string Name, EngineContext Context);
