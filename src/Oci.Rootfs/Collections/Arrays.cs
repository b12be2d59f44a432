namespace Oci.Rootfs.Collections;

internal static class Arrays
{
    /// <summary>
    /// Does what <see cref="Array.Resize"/> does, for more elements. The framework's code for our types could not be compiled ahead of
    /// time; every process would compile it again.
    /// </summary>
    public static void Grow<T>(ref T[] array, int length)
    {
        T[] larger = new T[length];
        Array.Copy(array, larger, array.Length);
        array = larger;
    }
}
