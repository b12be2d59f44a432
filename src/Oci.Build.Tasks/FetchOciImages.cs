using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>
/// Fetches an image of a registry into the user's store, and extracts nothing: for machines that later build without a network. An image on
/// disk is only looked at.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class FetchOciImages : ImageTask
{
    /// <summary>The platform to fetch; <c>all</c> is possible too.</summary>
    public string? Platform { get; set; }

    private protected override void Work(CancellationToken cancellation) =>
        RootfsExtractor.Fetch(Request(NameOf(Setting(null, "Name")), null) with { Platform = Setting(Platform) }, cancellation);
}
