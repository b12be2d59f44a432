namespace Oci.Rootfs.Tar;

/// <summary>Reads tar's blocks of 512 bytes from an input that has pieces of any length.</summary>
internal static class TarInputBlocks
{
    /// <summary>Fills the block. It returns the number of bytes, which is less only at the end of the data.</summary>
    public static int ReadBlock(this TarInput input, Span<byte> block)
    {
        int length = 0;
        while (length < block.Length)
        {
            ReadOnlySpan<byte> here = input.Peek();
            if (here.IsEmpty)
                break;
            here = here[..Math.Min(here.Length, block.Length - length)];
            here.CopyTo(block[length..]);
            length += here.Length;
            input.Consume(here.Length);
        }
        return length;
    }

    /// <summary>Skips the padding of the last block after so many bytes; true when the data ends first.</summary>
    public static bool SkipPadding(this TarInput input, long size)
    {
        long padding = -size & (TarHeader.Size - 1);
        return padding > 0 && input.Skip(padding) < padding;
    }
}
