using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Spec;

/// <summary>
/// The name of an image as docker and podman write it, <c>repository:tag</c> (the distribution project's reference grammar, without digests).
/// </summary>
/// <param name="Repository">The repository, with the registry's host where it has one.</param>
/// <param name="Tag">The tag.</param>
internal sealed record ImageTag(string Repository, string Tag)
{
    private const string Latest = "latest";
    private const int MostOfRepository = 255, MostOfTag = 128;

    /// <summary>The name in full, as containerd has it: docker's short names are of docker.io.</summary>
    public string FullName => HasHost ? ToString() : Repository.Contains('/', StringComparison.Ordinal) ? $"docker.io/{this}" : $"docker.io/library/{this}";

    /// <summary>Docker's rule: the first of several components is a host if it has a dot or a port, or is localhost.</summary>
    public static bool BeginsWithHost(string name) => name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash
        && name[..slash] is var first && (first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == "localhost");

    /// <returns>Null for a text that is no such name. Without a tag, it is <c>latest</c>.</returns>
    public static ImageTag? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        bool hasTag = colon > text.LastIndexOf('/');
        ImageTag name = new(hasTag ? text[..colon] : text, hasTag ? text[(colon + 1)..] : Latest);
        return name.IsValid ? name : null;
    }

    /// <summary>A name made of any text: what can't be in one becomes hyphens.</summary>
    public static ImageTag Of(string text)
    {
        StringBuilder name = new();
        foreach (char c in text)
        {
            char lower = char.ToLowerInvariant(c);
            if (IsAlphanumeric(lower))
                name.Append(lower);
            else if (name.Length > 0 && IsAlphanumeric(name[^1]))
                name.Append('-');
        }
        string repository = name.ToString(0, Math.Min(name.Length, MostOfTag)).TrimEnd('-');
        return new ImageTag(repository.Length == 0 ? "image" : repository, Latest);
    }

    public override string ToString() => $"{Repository}:{Tag}";

    private bool IsValid
    {
        get
        {
            if (Repository.Length > MostOfRepository || !IsTag(Tag))
                return false;
            string[] components = Repository.Split('/');
            for (int i = 0; i < components.Length; i++)
            {
                if (!(IsComponent(components[i]) || (i == 0 && HasHost && IsHost(components[i]))))
                    return false;
            }
            return true;
        }
    }

    private bool HasHost => BeginsWithHost(Repository);

    private static bool IsTag(string tag) =>
        tag.Length is > 0 and <= MostOfTag && (char.IsAsciiLetterOrDigit(tag[0]) || tag[0] == '_') && All(tag, static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static bool IsHost(string host)
    {
        int colon = host.IndexOf(':', host.IndexOf(']', StringComparison.Ordinal) + 1);
        string name = colon < 0 ? host : host[..colon], port = colon < 0 ? "0" : host[(colon + 1)..];
        return IsHostName(name) && port.Length is > 0 and <= 5 && All(port, char.IsAsciiDigit) && int.Parse(port, CultureInfo.InvariantCulture) <= ushort.MaxValue;
    }

    /// <summary>A name, or an address; one of IPv6 is in brackets.</summary>
    private static bool IsHostName(string name) => name is ['[', .., ']']
        ? name.Length > 2 && All(name[1..^1], static c => char.IsAsciiHexDigit(c) || c is ':' or '.')
        : name.Length > 0 && All(name, static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');

    /// <summary>Small letters and digits; between them one dot, one or two underscores, or hyphens.</summary>
    private static bool IsComponent(string component)
    {
        if (component.Length == 0 || !IsAlphanumeric(component[0]) || !IsAlphanumeric(component[^1]))
            return false;
        for (int i = 0; i < component.Length;)
        {
            int end = i;
            while (end < component.Length && !IsAlphanumeric(component[end]))
                end++;
            if (end > i && component[i..end] is not ("." or "_" or "__") && !All(component[i..end], static c => c == '-'))
                return false;
            i = Math.Max(end, i + 1);
        }
        return true;
    }

    private static bool IsAlphanumeric(char c) => char.IsAsciiDigit(c) || c is >= 'a' and <= 'z';

    private static bool All(string text, Func<char, bool> holds)
    {
        foreach (char c in text)
        {
            if (!holds(c))
                return false;
        }
        return true;
    }
}
