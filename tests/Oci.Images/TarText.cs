using System.Text;

namespace Oci.Images;

/// <summary>Bytes of a name, a value or a file's content, written as a string (UTF-8), an array or a <c>u8</c> literal.</summary>
public readonly struct TarText
{
    private readonly byte[]? _bytes;

    public TarText(byte[] bytes) => _bytes = bytes;

    public byte[] Bytes => _bytes ?? [];

    public int Length => Bytes.Length;

    public static implicit operator TarText(string text) => new(Encoding.UTF8.GetBytes(text));

    public static implicit operator TarText(byte[] bytes) => new(bytes);

    public static implicit operator TarText(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    public override string ToString() => Encoding.UTF8.GetString(Bytes);
}
