namespace Oci.Rootfs.Collections;

internal static class Arrays
{
    /// <summary>
    /// As <see cref="Array.Resize"/>, for more elements. That one is the framework's: its code for our types could not be compiled ahead of
    /// time, and would be once more in every process.
    /// </summary>
    public static void Grow<T>(ref T[] array, int length)
    {
        T[] larger = new T[length];
        Array.Copy(array, larger, array.Length);
        array = larger;
    }
}
