using System.Diagnostics.CodeAnalysis;

namespace Oci.Rootfs.Spec;

/// <summary>A content digest whose text was checked against its grammar (rule 91): safe as part of a path.</summary>
/// <remarks>image-spec descriptor.md, "Digests". The engine knows only sha256 and sha512; it refuses others by name.</remarks>
internal sealed record Digest
{
    private readonly string _text;

    private Digest(string text) => _text = text;

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => _text[.._text.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>Lower-case hexadecimal digits.</summary>
    public string Hex => _text[(_text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>
    /// The blob's path in a layout directory (image-spec image-layout.md). The text was checked when the digest was made, so the path can't lead
    /// anywhere else (rule 91).
    /// </summary>
    public string PathIn(string layout) => Path.Combine(layout, "blobs", Algorithm, Hex);

    public static bool TryParse(string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        if (text is null)
            return false;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        int digits = (colon < 0 ? "" : text[..colon]) switch { "sha256" => 64, "sha512" => 128, _ => 0 };
        if (digits == 0 || text.Length - colon - 1 != digits)
            return false;
        foreach (char digit in text.AsSpan(colon + 1))
        {
            if (!char.IsAsciiHexDigitLower(digit))
                return false;
        }
        digest = new Digest(text);
        return true;
    }

    public override string ToString() => _text;
}
