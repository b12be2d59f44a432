using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>A reusable buffer for the data before an entry's content. It grows as bytes arrive, not as a header promises them.</summary>
internal sealed class TarBytes
{
    private const int FirstSize = 4096;

    private byte[] _bytes = new byte[FirstSize];
    private int _length;

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Empties the buffer, and frees the memory that an unusual entry made it take.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > 16 * FirstSize)
            _bytes = new byte[FirstSize];
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _length < bytes.Length)
            Arrays.Grow(ref _bytes, (int)Math.Min(Math.Max(_bytes.Length * 2L, (long)_length + bytes.Length), Array.MaxLength));
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Appends so many bytes of the input. If there are fewer, the archive is truncated.</summary>
    public void Append(TarInput input, int count, ReadOnlySpan<byte> name, string what)
    {
        for (int left = count; left > 0;)
        {
            ReadOnlySpan<byte> here = input.Peek();
            if (here.IsEmpty)
                throw TarErrors.Truncated(name, what, count, count - left);
            int taken = Math.Min(left, here.Length);
            Append(here[..taken]);
            input.Consume(taken);
            left -= taken;
        }
    }
}
