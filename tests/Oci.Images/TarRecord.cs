using System.Globalization;
using System.Text;

namespace Oci.Images;

/// <summary>A PAX record: <c>length key=value\n</c>, or any raw bytes.</summary>
public sealed record TarRecord
{
    private TarRecord(byte[] bytes) => Bytes = bytes;

    public byte[] Bytes { get; }

    public static TarRecord Raw(TarText bytes) => new(bytes.Bytes);

    public static TarRecord Of(TarText key, TarText value)
    {
        byte[] tail = [(byte)' ', .. key.Bytes, (byte)'=', .. value.Bytes, (byte)'\n'];
        int digits = 1;
        while (Digits(tail.Length + digits).Length != digits)
            digits++;
        return new TarRecord([.. Encoding.ASCII.GetBytes(Digits(tail.Length + digits)), .. tail]);
    }

    public static implicit operator TarRecord((string Key, TarText Value) record) => Of(record.Key, record.Value);

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);
}
