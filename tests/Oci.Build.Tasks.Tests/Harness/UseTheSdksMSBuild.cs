using System.Runtime.CompilerServices;
using Microsoft.Build.Locator;

namespace Oci.Build.Tasks.Tests.Harness;

internal static class UseTheSdksMSBuild
{
    // Before any method that mentions an MSBuild type is compiled: the types are loaded from the SDK.
#pragma warning disable CA2255 // A test assembly is an application.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => MSBuildLocator.RegisterDefaults();
}
