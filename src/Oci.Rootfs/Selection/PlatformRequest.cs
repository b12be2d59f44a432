using System.Globalization;
using System.Runtime.InteropServices;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>The requested platform and its substitutes (rule 95): the exact one first, then older variants, newest first.</summary>
internal sealed class PlatformRequest
{
    /// <summary>Asks for all platforms of the image.</summary>
    public const string All = "all";

    private readonly List<OciPlatform> _acceptable = [];

    private PlatformRequest(OciPlatform asked)
    {
        OciPlatform exact = Normalise(asked);
        _acceptable.Add(exact);
        foreach (string variant in OlderVariants(exact))
            _acceptable.Add(Normalise(exact with { Variant = variant }));
    }

    /// <summary>The requested platform, with its aliases replaced.</summary>
    public OciPlatform Platform => _acceptable[0];

    public static bool IsAll(string? text) => All.Equals(text, StringComparison.OrdinalIgnoreCase);

    /// <param name="text"><c>os/architecture[/variant]</c>; null for Linux on this machine's architecture.</param>
    /// <exception cref="OciException">The text has another form.</exception>
    public static PlatformRequest Parse(string? text)
    {
        if (text is null)
            return new PlatformRequest(new OciPlatform("linux", ThisArchitecture()));
        string[] parts = text.Split('/');
        if (parts.Length is not (2 or 3) || parts.Any(static p => p.Length == 0 || !p.All(IsPlain)))
            throw SelectionErrors.BadPlatform(text);
        return new PlatformRequest(new OciPlatform(parts[0], parts[1], parts.Length == 3 ? parts[2] : null));

        static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
    }

    public static PlatformRequest For(OciPlatform platform) => new(platform);

    /// <summary>0 for the platform itself, more for a substitute, -1 for a platform that does not fit.</summary>
    public int RankOf(OciPlatform platform) => _acceptable.IndexOf(Normalise(platform));

    /// <inheritdoc cref="OciPlatform.Normalise"/>
    public static OciPlatform Normalise(OciPlatform platform) => platform.Normalise();

    private static IEnumerable<string> OlderVariants(OciPlatform exact)
    {
        (int newest, int oldest) = (exact.Architecture, exact.Variant) switch
        {
            ("amd64", "v2" or "v3" or "v4") => (exact.Variant[1] - '1', 1),
            ("arm", "v6" or "v7" or "v8") => (exact.Variant[1] - '1', 5),
            ("arm64", not null) => (8, 8),
            _ => (0, 1),
        };
        for (int v = newest; v >= oldest; v--)
            yield return string.Create(CultureInfo.InvariantCulture, $"v{v}");
    }

    private static string ThisArchitecture() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.X86 => "386",
        Architecture.Armv6 => "armel",
        Architecture.Ppc64le => "ppc64le",
        Architecture.LoongArch64 => "loong64",
        Architecture other => other.ToString().ToLowerInvariant(),
    };
}
