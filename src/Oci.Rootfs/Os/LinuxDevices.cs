namespace Oci.Rootfs.Os;

/// <summary>Devices and FIFOs (mknod(2)).</summary>
internal static partial class Linux
{
    /// <summary>mknodat(2), by number: glibc has it as a function only since 2.33.</summary>
    public static unsafe int MknodAt(int directory, byte* name, uint mode, uint device) =>
        (int)Syscall(Numbers.MknodAt, directory, name, (nint)mode, (void*)(nuint)device, 0);

    /// <summary>Both halves of a device number in the kernel's 32-bit form (new_encode_dev): 12 bits of major, 20 of minor.</summary>
    public static uint MakeDevice(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}
