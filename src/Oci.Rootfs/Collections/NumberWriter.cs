using System.Security.Cryptography;

namespace Oci.Rootfs.Collections;

/// <summary>Writes numbers and bytes in few bytes (LEB128), and their SHA-256 at the end.</summary>
/// <param name="stream">Gets the bytes; stays the caller's.</param>
internal sealed class NumberWriter(Stream stream) : IDisposable
{
    private const int BufferBytes = 32 << 10;
    private const int LongestNumber = 10;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    public void Number(ulong number)
    {
        if (_used + LongestNumber > _buffer.Length)
            Flush();
        while (number >= 0x80)
        {
            _buffer[_used++] = (byte)(number | 0x80);
            number >>= 7;
        }
        _buffer[_used++] = (byte)number;
    }

    public void Number(long number) => Number((ulong)number);

    /// <summary>Small negative numbers are short too.</summary>
    public void Signed(long number) => Number((ulong)((number << 1) ^ (number >> 63)));

    /// <summary>The bytes with their length before them.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number((ulong)bytes.Length);
        Raw(bytes);
    }

    public void Text(string text) => Bytes(System.Text.Encoding.UTF8.GetBytes(text));

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == _buffer.Length)
                Flush();
            int count = Math.Min(bytes.Length, _buffer.Length - _used);
            bytes[..count].CopyTo(_buffer.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes the SHA-256 of everything before it.</summary>
    public void Finish()
    {
        Flush();
        stream.Write(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        _hash.AppendData(_buffer, 0, _used);
        stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
