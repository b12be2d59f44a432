using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>
/// Asks the registry what an image's tag means now, and enters it into the lock file. It does nothing for an image on disk, or with a digest.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class UpdateOciLock : ImageTask
{
    private protected override void Work(CancellationToken cancellation) =>
        RootfsExtractor.UpdateLock(Request(NameOf(Setting(null, "Name")), null), cancellation);
}
