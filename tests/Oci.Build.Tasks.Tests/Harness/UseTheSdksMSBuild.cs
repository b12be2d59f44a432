using System.Runtime.CompilerServices;
using Microsoft.Build.Locator;

namespace Oci.Build.Tasks.Tests.Harness;

internal static class UseTheSdksMSBuild
{
    // The SDK's types must be found before the runtime compiles any method that names an MSBuild type.
#pragma warning disable CA2255 // A test assembly is an application.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        // MSBuild loads this assembly a second time, for its tasks.
        if (MSBuildLocator.CanRegister)
            MSBuildLocator.RegisterDefaults();
    }
}
