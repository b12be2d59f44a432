using System.Runtime.CompilerServices;
using Microsoft.Build.Locator;

namespace Oci.Rootfs.Tests.Outputs;

internal static class MSBuildRegistration
{
#pragma warning disable CA2255 // MSBuild must be found before any test that names one of its types is compiled.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Register() => MSBuildLocator.RegisterDefaults();
}
