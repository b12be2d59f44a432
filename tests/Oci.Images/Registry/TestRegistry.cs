using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Oci.Images.Registry;

/// <summary>
/// A registry (distribution-spec, "Pull") with the images that a test gives it. <see cref="Before"/> answers in its place where a test wants
/// a fault.
/// </summary>
public sealed class TestRegistry : TestServer
{
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly Dictionary<string, (string Type, byte[] Bytes)> _manifests = [];

    public TestRegistry(X509Certificate2? certificate = null)
        : base(certificate) => Answer = request => Before(request) ?? Serve(request);

    /// <summary>Answers before the registry does; null for the registry's own answer.</summary>
    public Func<TestRequest, TestResponse?> Before { get; set; } = static _ => null;

    /// <summary>Adds the blobs of a layout and its images, and lets the tag mean the first of them.</summary>
    /// <returns>The digest of that image.</returns>
    public string Add(string repository, string tag, ImageLayout layout)
    {
        JsonObject index = (JsonObject)JsonNode.Parse(layout.Files["index.json"])!;
        foreach ((string name, byte[] bytes) in layout.Files)
        {
            if (!name.StartsWith("blobs/", StringComparison.Ordinal))
                continue;
            string digest = name["blobs/".Length..].Replace('/', ':');
            _blobs[digest] = bytes;
            if (TypeOf(bytes) is { } type)
                _manifests[$"{repository}:{digest}"] = (type, bytes);
        }
        string top = (string)index["manifests"]![0]!["digest"]!;
        _manifests[$"{repository}:{tag}"] = ((string)index["manifests"]![0]!["mediaType"]!, _blobs[top]);
        _manifests[$"{repository}:{top}"] = _manifests[$"{repository}:{tag}"];
        return top;
    }

    /// <summary>Adds the layout with all its images behind one index, as registries have images of several platforms.</summary>
    public string AddIndex(string repository, string tag, ImageLayout layout)
    {
        JsonObject index = (JsonObject)JsonNode.Parse(layout.Files["index.json"])!;
        index["mediaType"] = "application/vnd.oci.image.index.v1+json";
        byte[] bytes = ImageLayout.Json(index);
        Add(repository, tag, layout);
        string digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        _manifests[$"{repository}:{tag}"] = _manifests[$"{repository}:{digest}"] = ((string)index["mediaType"]!, bytes);
        return digest;
    }

    /// <summary>The registry's own answer.</summary>
    public TestResponse Serve(TestRequest request)
    {
        string[] parts = request.Path.Split('/');
        if (parts is not ["", "v2", ..] || parts.Length < 5)
            return TestResponse.Json(parts is ["", "v2", ""] ? 200 : 404, "{}");
        string repository = string.Join('/', parts[2..^2]), name = parts[^1];
        if (parts[^2] == "manifests")
            return _manifests.TryGetValue($"{repository}:{name}", out (string Type, byte[] Bytes) manifest) ? Manifest(manifest.Type, manifest.Bytes) : NotFound("MANIFEST_UNKNOWN");
        return parts[^2] == "blobs" && _blobs.TryGetValue(name, out byte[]? blob) ? Blob(request, blob) : NotFound("BLOB_UNKNOWN");
    }

    public static TestResponse Error(int status, string code, string message) =>
        TestResponse.Json(status, new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["code"] = code, ["message"] = message }) }.ToJsonString());

    /// <summary>Lets only those in who say this name and password (RFC 7617).</summary>
    public void WantBasic(string user, string password)
    {
        string expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        Before = request => request.Authorization == expected ? null : Error(401, "UNAUTHORIZED", "authentication required").With("WWW-Authenticate", "Basic realm=\"registry\"");
    }

    /// <summary>Lets only those in who have a token from the realm.</summary>
    public void WantToken(string realm, string token, string scope = "repository:app:pull") =>
        Before = request => request.Authorization == $"Bearer {token}" ? null
            : Error(401, "UNAUTHORIZED", "authentication required").With("WWW-Authenticate", $"Bearer realm=\"{realm}\",service=\"test\",scope=\"{scope}\"");

    private static TestResponse Manifest(string type, byte[] bytes) => new(200)
    {
        Body = bytes,
        Headers = [("Content-Type", type), ("Docker-Content-Digest", $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}")],
    };

    private static TestResponse Blob(TestRequest request, byte[] blob)
    {
        if (!request.Headers.TryGetValue("range", out string? range))
            return new TestResponse(200) { Body = blob, Headers = [("Content-Type", "application/octet-stream")] };
        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= blob.Length ? new TestResponse(416)
            : new TestResponse(206) { Body = blob[from..], Headers = [("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{blob.Length - 1}/{blob.Length}"))] };
    }

    private static TestResponse NotFound(string code) => Error(404, code, "unknown to registry");

    private static string? TypeOf(byte[] bytes)
    {
        try
        {
            JsonNode? document = JsonNode.Parse(bytes);
            return document is not JsonObject json ? null
                : json["manifests"] is not null ? (string?)json["mediaType"] ?? "application/vnd.oci.image.index.v1+json"
                : json["layers"] is not null ? (string?)json["mediaType"] ?? "application/vnd.oci.image.manifest.v1+json" : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
