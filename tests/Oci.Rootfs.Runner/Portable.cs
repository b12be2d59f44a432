using System.Reflection;
using System.Runtime.InteropServices;
using Oci.Rootfs;

/// <summary>Runs the engine as on a system that is not Linux.</summary>
internal static class Portable
{
    public static void Enter()
    {
        AppContext.SetSwitch("Oci.Rootfs.Portable", true);
        NativeLibrary.SetDllImportResolver(typeof(RootfsExtractor).Assembly, Refuse);
    }

    private static nint Refuse(string library, Assembly assembly, DllImportSearchPath? search) =>
        throw new DllNotFoundException($"the engine imports a function of '{library}', which other systems may not have");
}
