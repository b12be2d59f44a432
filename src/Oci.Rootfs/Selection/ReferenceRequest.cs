using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>The requested reference: a name, or the digest of a manifest or an index.</summary>
internal sealed class ReferenceRequest
{
    private readonly string _text;

    private ReferenceRequest(string text) => _text = text;

    /// <summary>Set when the user asked for a digest; a name before its <c>@</c> then adds nothing.</summary>
    public Digest? Digest { get; private init; }

    /// <exception cref="OciException">The text has the form of a digest but is none.</exception>
    public static ReferenceRequest? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        string digest = text[(text.LastIndexOf('@') + 1)..];
        if (Spec.Digest.TryParse(digest, out Digest? parsed))
            return new ReferenceRequest(text) { Digest = parsed };
        if (text.Contains('@', StringComparison.Ordinal) || digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.Length > 32)
            throw SelectionErrors.BadDigest("Reference", "", digest);
        return new ReferenceRequest(text);
    }

    /// <summary>Rates a name: 2 when it fits exactly, 1 by its tag or with docker's default registry, 0 when it does not fit.</summary>
    public int Fit(string name)
    {
        if (name == _text)
            return 2;
        return Tag(name) == _text || Full(name) == Full(_text) ? 1 : 0;
    }

    public override string ToString() => _text;

    /// <summary>The text after the last colon behind the last slash.</summary>
    private static string? Tag(string name)
    {
        int colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[(colon + 1)..] : null;
    }

    /// <summary>Completes a name as docker does: <c>alpine:3</c> is <c>docker.io/library/alpine:3</c>. A bare tag stays as it is.</summary>
    private static string Full(string name)
    {
        if (Tag(name) is null)
            return name;
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return "docker.io/library/" + name;
        ReadOnlySpan<char> registry = name.AsSpan(0, slash);
        return registry.ContainsAny('.', ':') || registry is "localhost" ? name : "docker.io/" + name;
    }
}
