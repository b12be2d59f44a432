namespace Oci.Images;

/// <summary>A file's content: bytes, or generated content of any length that exists only during the writing.</summary>
public abstract class TarContent
{
    public abstract long Length { get; }

    public abstract void WriteTo(Stream output);

    public static implicit operator TarContent(byte[] bytes) => new Fixed(bytes);

    public static implicit operator TarContent(string text) => new Fixed(((TarText)text).Bytes);

    public static implicit operator TarContent(TarText text) => new Fixed(text.Bytes);

    /// <summary>This many bytes; equal for equal seeds.</summary>
    public static TarContent Generated(long length, int seed = 0) => new Repeated(length, seed);

    public static TarContent Zeros(long length) => new Repeated(length, null);

    private sealed class Fixed(byte[] bytes) : TarContent
    {
        public override long Length => bytes.Length;

        public override void WriteTo(Stream output) => output.Write(bytes);
    }

    /// <summary>Repeats a 64 KiB chunk of zeros or of noise. The noise chunks differ in their first bytes.</summary>
    private sealed class Repeated(long length, int? seed) : TarContent
    {
        public override long Length => length;

        public override void WriteTo(Stream output)
        {
            byte[] chunk = new byte[(int)Math.Min(length, 64 << 10)];
            FillWithNoise(chunk);
            long number = 0;
            for (long left = length; left > 0; left -= chunk.Length)
            {
                if (seed is not null && chunk.Length >= 8)
                    BitConverter.TryWriteBytes(chunk, number++);
                output.Write(chunk, 0, (int)Math.Min(left, chunk.Length));
            }
        }

        private void FillWithNoise(byte[] chunk)
        {
            if (seed is null)
                return;
            uint state = (uint)seed.Value * 2654435761 + 1;
            foreach (ref byte b in chunk.AsSpan())
            {
                state = state * 1664525 + 1013904223;
                b = (byte)(state >> 24);
            }
        }
    }
}
