namespace Oci.Rootfs.Os;

/// <summary>Makes a name as system calls want it: its bytes and a NUL, on the stack where the name is short.</summary>
/// <example><c>fixed (byte* name = NativeName.Of(bytes, stackalloc byte[NativeName.StackBytes]))</c></example>
internal static class NativeName
{
    public const int StackBytes = 264;

    public static Span<byte> Of(ReadOnlySpan<byte> name, Span<byte> space)
    {
        if (name.Length >= space.Length)
            space = new byte[name.Length + 1];
        name.CopyTo(space);
        space[name.Length] = 0;
        return space[..(name.Length + 1)];
    }
}
