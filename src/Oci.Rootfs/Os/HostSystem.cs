using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Oci.Rootfs.Os;

/// <summary>Whether the engine may call what only Linux has.</summary>
internal static class HostSystem
{
    /// <summary>
    /// A test sets this AppContext switch to run the way of other systems on Linux. There is no other reason to set it.
    /// </summary>
    public const string PortableSwitch = "Oci.Rootfs.Portable";

    [SupportedOSPlatformGuard("linux")]
    public static bool IsLinux { get; } = OperatingSystem.IsLinux() && !(AppContext.TryGetSwitch(PortableSwitch, out bool portable) && portable);

    /// <summary>For messages, as in <c>win-x64</c>.</summary>
    public static string Description => RuntimeInformation.RuntimeIdentifier;

    /// <summary>Whether the system calls have the form that the engine knows: 32-bit systems have other ones.</summary>
    public static bool Is64Bit => RuntimeInformation.ProcessArchitecture is not (Architecture.X86 or Architecture.Arm or Architecture.Armv6);
}
