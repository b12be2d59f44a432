using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>
/// OCI80xx and OCI81xx: images in registries. No method gets a secret: no password, token, user info or query of an address, and no text of
/// an exception of .NET, which may have one.
/// </summary>
internal static class RegistryErrors
{
    public static OciException BadReference(string text, string found, string hint) => new("OCI8001", "This does not name an image in a registry")
    {
        Entry = SafeText.Show(text),
        Expected = "docker://[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST], oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST] or HOST[:PORT]/REPOSITORY[:TAG]@DIGEST",
        Found = SafeText.Show(found),
        Hint = hint,
    };

    public static OciException HasReference(string reference) => new("OCI8001", "An image in a registry has no Reference")
    {
        Expected = "tag or digest in the Include of the item",
        Found = $"Reference '{SafeText.Show(reference)}'",
        Hint = "Write the tag or the digest behind the repository, and remove Reference.",
    };

    public static OciException BadMirror(string location) => new("OCI8001", "A mirror has no usable Location")
    {
        Expected = "HOST[:PORT][/PREFIX], without a scheme",
        Found = $"'{SafeText.Show(location)}'",
    };

    public static OciException BadNumber(string name, string value, long least, long most) => new("OCI8001", $"{name} can't have this value")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}, in digits"),
        Found = $"'{SafeText.Show(value)}'",
    };

    /// <param name="key">The tag.</param>
    /// <param name="lockFile">The lock file.</param>
    /// <param name="digest">The digest that the registry gives now, if it could be asked.</param>
    public static OciException NotLocked(string key, string lockFile, string? digest = null) => new("OCI8002", "The lock file does not say what the tag means")
    {
        Entry = key,
        Expected = $"an entry in '{SafeText.Show(lockFile)}'",
        Found = "none",
        Hint = $"Run 'dotnet build -t:UpdateOciLock' and commit the file{(digest is null ? "" : $"; it adds {digest}")}. Or write the digest into the item: …@sha256:….",
    };

    public static OciException BadLockFile(string path, string found) => new("OCI8003", "The lock file can't be used")
    {
        Entry = SafeText.Show(path),
        Expected = "\"version\": 1 and \"images\" with \"digest\", \"mediaType\" and \"size\" for each",
        Found = SafeText.Show(found),
        Hint = "Restore it from version control, or remove it and run 'dotnet build -t:UpdateOciLock'.",
    };

    public static OciException LockFileNotAccessible(string path, Exception cause) => new("OCI8003", "The lock file can't be read or written", cause)
    {
        Entry = SafeText.Show(path),
        Found = SafeText.Show(cause.Message.TrimEnd('.')),
        Hint = "Give the right to it, or set OciLockFile to another place.",
    };

    /// <param name="missing">What is missing: digests and sizes.</param>
    /// <param name="image">The image in skopeo's form.</param>
    /// <param name="store">The store.</param>
    public static OciException Offline(string missing, string image, string store) => new("OCI8004", "Parts of the image are not in the store, and the build may not use the network")
    {
        Found = missing,
        Hint = $"With a network, run 'dotnet build -t:FetchOciImages'; or fill the store with 'skopeo copy --all --dest-shared-blob-dir {SafeText.Show(store)}/blobs {SafeText.Show(image)} oci:elsewhere'.",
    };

    public static OciException OfflineTag(string key) => new("OCI8004", "No lock file says what the tag means, and the build may not use the network")
    {
        Entry = key,
        Hint = "With a network, run 'dotnet build -t:FetchOciImages', and commit the lock file.",
    };

    /// <param name="host">The host, with its port.</param>
    /// <param name="why">The reason, in our own words.</param>
    public static OciException Unreachable(string host, string why) => new("OCI8005", "The registry can't be reached")
    {
        Entry = SafeText.Show(host),
        Found = why,
        Hint = "Check the name, the network and the proxy (HTTPS_PROXY, NO_PROXY). A build whose images are in the store needs no network.",
    };

    /// <param name="host">The host, with its port.</param>
    /// <param name="found">Subject, issuer and what is wrong.</param>
    /// <param name="directories">The directories that were searched for authorities.</param>
    public static OciException Certificate(string host, string found, string directories) => new("OCI8006", "The registry's certificate is not trusted")
    {
        Entry = SafeText.Show(host),
        Expected = "a certificate for this host by an authority that the system or the project trusts",
        Found = SafeText.Show(found),
        Hint = $"Put the authority's certificate as a .crt file into one of: {SafeText.Show(directories)}; or set OciRegistryCertificates.",
    };

    public static OciException PlainHttp(string host) => new("OCI8007", "The registry may not be asked without TLS")
    {
        Entry = SafeText.Show(host),
        Hint = $"If nobody else can reach the way there, name it in OciInsecureRegistries: '{SafeText.Show(host)}'.",
    };

    public static OciException NotFound(string name, string registry, string? words) => new("OCI8008", "The registry has no such image")
    {
        Entry = SafeText.Show(name),
        Found = $"'{SafeText.Show(registry)}' answers 404{Words(words)}",
        Hint = "Check the repository, the tag and the digest. Some registries answer so to those who may not know of a repository.",
    };

    public static OciException NoCredentials(string host, string places, string? words) => new("OCI8009", "The registry wants credentials, and there are none")
    {
        Entry = SafeText.Show(host),
        Found = $"no credentials in: {SafeText.Show(places)}{Words(words)}",
        Hint = $"Log in with 'docker login {SafeText.Show(host)}' or 'podman login {SafeText.Show(host)}', or set OciRegistryAuthFile. A misspelt repository of a public registry looks the same.",
    };

    public static OciException UnknownChallenge(string host, string schemes) => new("OCI8009", "The registry wants credentials of a kind that can't be given")
    {
        Entry = SafeText.Show(host),
        Expected = "Bearer or Basic",
        Found = SafeText.Show(schemes),
    };

    /// <param name="host">The host, with its port.</param>
    /// <param name="source">Where the credentials are from: never what they are.</param>
    /// <param name="words">The registry's words.</param>
    public static OciException Refused(string host, string source, string? words) => new("OCI8010", "The registry refuses the credentials")
    {
        Entry = SafeText.Show(host),
        Found = $"those of {SafeText.Show(source)}{Words(words)}",
        Hint = "They may be old, or may not have the right to this repository. Log in anew.",
    };

    public static OciException RateLimit(string host, string? wait, string? remaining, string? words) => new("OCI8011", "The registry's rate limit is reached")
    {
        Entry = SafeText.Show(host),
        Found = $"429{(wait is null ? "" : $", to wait {wait}")}{(remaining is null ? "" : $", ratelimit-remaining '{SafeText.Show(remaining)}'")}{Words(words)}",
        Hint = "Log in, or name a mirror (OciRegistryMirror).",
    };

    public static OciException ServerError(string host, int status, int tries, string? words) => new("OCI8012", "The registry fails")
    {
        Entry = SafeText.Show(host),
        Found = string.Create(CultureInfo.InvariantCulture, $"status {status} in {tries} {(tries == 1 ? "try" : "tries")}{Words(words)}"),
        Hint = "Try again later, or name a mirror (OciRegistryMirror).",
    };

    /// <param name="what">What leads there: a redirect or a realm.</param>
    /// <param name="address">Scheme, host and port alone.</param>
    /// <param name="why">The rule that refuses it.</param>
    public static OciException RefusedAddress(string what, string address, string why) => new("OCI8013", $"The registry's {what} leads to an address that is refused")
    {
        Found = SafeText.Show(address),
        Expected = why,
        Hint = "Nothing was sent there. docs/registries.md says which addresses are refused.",
    };

    public static OciException NotARegistry(string host, string found) => new("OCI8014", "This is not the answer of a registry")
    {
        Entry = SafeText.Show(host),
        Found = SafeText.Show(Cut(found)),
        Hint = "A proxy, a login page or another server may be between the build and the registry.",
    };

    public static OciException NoProgress(string host, string digest, string why, int tries) => new("OCI8015", "A blob does not come")
    {
        Entry = digest,
        Found = string.Create(CultureInfo.InvariantCulture, $"{why} from '{SafeText.Show(host)}', in {tries} tries"),
        Hint = "The next build goes on where this one ended.",
    };

    public static OciException StoreNotWritten(string path, string found, Exception? cause = null) => new("OCI8016", "The store of fetched blobs can't be used", cause)
    {
        Entry = SafeText.Show(path),
        Found = SafeText.Show(found),
        Hint = "Make room or give the right to write there, or set OciStoreDirectory to another place.",
    };

    /// <summary>OCI8101, a warning.</summary>
    public static void WarnHelper(RootfsLog log, string helper, string why) => log.Warning("OCI8101",
        $"No credentials come from {SafeText.Show(helper)}: {SafeText.Show(why)}. The build goes on without them.");

    /// <summary>OCI8102, a warning.</summary>
    public static void WarnUnpinned(RootfsLog log, string key, string digest) => log.Warning("OCI8102",
        $"Nothing pins '{key}': the registry says in each build what it means, now {digest}. Write the digest into the item, or set OciLockFile.");

    /// <summary>OCI8103, a warning.</summary>
    public static void WarnRegistry(RootfsLog log, string host, string text) => log.Warning("OCI8103",
        $"The registry '{SafeText.Show(host)}' says: {SafeText.Show(Cut(text))}");

    /// <summary>The hint for a path that does not exist and reads like a reference.</summary>
    public static string HintOfReference(string text) => $"For an image in a registry, write docker://{SafeText.Show(text)}.";

    private static string Words(string? words) => string.IsNullOrEmpty(words) ? "" : $" ({SafeText.Show(Cut(words))})";

    private static string Cut(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
