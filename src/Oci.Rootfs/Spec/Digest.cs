namespace Oci.Rootfs.Spec;

/// <summary>A content digest whose text has been checked against its grammar (rule 91): safe as part of a path.</summary>
/// <remarks>image-spec descriptor.md, "Digests". Only sha256 and sha512 are known; others are refused by name.</remarks>
internal readonly record struct Digest
{
    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..Text.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>Lower-case hexadecimal digits.</summary>
    public string Hex => Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    private string Text => _text ?? throw new InvalidOperationException("an empty digest");

    public static bool TryParse(string? text, out Digest digest)
    {
        digest = default;
        if (text is null)
            return false;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        int digits = (colon < 0 ? "" : text[..colon]) switch { "sha256" => 64, "sha512" => 128, _ => 0 };
        if (digits == 0 || text.Length - colon - 1 != digits || !text.Skip(colon + 1).All(char.IsAsciiHexDigitLower))
            return false;
        digest = new Digest(text);
        return true;
    }

    public override string ToString() => Text;
}
