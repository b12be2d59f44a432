using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>Removes all blobs from the user's store. Builds fetch again what they need.</summary>
[MSBuildMultiThreadableTask]
public sealed class CleanOciStore : EngineTask
{
    /// <summary>The settings that name the store, as for <see cref="ImageTask.Registries"/>.</summary>
    public ITaskItem? Registries { get; set; }

    private protected override string? About => null;

    private protected override void Work(CancellationToken cancellation) => RootfsExtractor.CleanStore(RegistrySettings.Of(Registries, [], null), Say);
}
