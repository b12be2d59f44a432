using System.Net.Http.Headers;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Registry;

/// <summary>
/// A registry over HTTP (distribution-spec, "Pull"), with its mirrors before it. What a mirror fails to give, the next server is asked for.
/// </summary>
internal sealed class RegistryClient : IRegistry
{
    /// <summary>All types at once: a registry may say "not found" of a document whose type was not asked for.</summary>
    private static readonly string[] Accepted = [MediaTypes.Index, MediaTypes.DockerIndex, MediaTypes.Manifest, MediaTypes.DockerManifest];

    private readonly RegistryReference _image;
    private readonly RegistryOptions _options;
    private readonly EngineContext _context;
    private readonly IReadOnlyList<RegistryServer> _servers;

    public RegistryClient(RegistryReference image, RegistryOptions options, EngineContext context)
    {
        (_image, _options, _context) = (image, options, context);
        _servers = [.. Endpoint.Of(image, options).Select(endpoint => new RegistryServer(endpoint, options, context))];
    }

    public FetchedManifest GetManifest(Digest? digest) => FromAny(isTag: digest is null, server => GetManifest(server, digest));

    public Digest? AskForTag() => FromAny(isTag: true, server =>
    {
        using Answer answer = server.Ask(HttpMethod.Head, "manifests", _image.Tag!, static request => Accept(request));
        return answer.IsOk && Digest.TryParse(answer.Header("Docker-Content-Digest"), out Digest? digest) ? digest : null;
    });

    public BlobTransfer OpenBlob(Descriptor blob, long offset, bool fromMirrors = true) =>
        new BlobStream(fromMirrors ? _servers : [_servers[^1]], blob, offset, _options, _context).Open();

    public void Dispose()
    {
        foreach (RegistryServer server in _servers)
            server.Dispose();
    }

    private T FromAny<T>(bool isTag, Func<RegistryServer, T> ask)
    {
        for (int i = 0; i < _servers.Count - 1; i++)
        {
            if (isTag && !_servers[i].Endpoint.HasTags)
                continue;
            try
            {
                return ask(_servers[i]);
            }
            catch (OciException e)
            {
                _context.Log.Normal($"The mirror '{_servers[i].Endpoint.Shown}' does not help ({e.Code}: {e.Problem}); the next server is asked.");
            }
        }
        return ask(_servers[^1]);
    }

    private FetchedManifest GetManifest(RegistryServer server, Digest? digest)
    {
        Retry retry = new(_options.Times, _options.Clock, _context);
        while (true)
        {
            try
            {
                using Answer answer = server.Ask(HttpMethod.Get, "manifests", digest?.ToString() ?? _image.Tag!, static request => Accept(request));
                return Read(server, answer, digest);
            }
            catch (IOException e)
            {
                if (!retry.Again())
                    throw RegistryErrors.Unreachable(server.Endpoint.Shown, $"{e.Message}, in {retry.Failed} tries");
            }
        }
    }

    private FetchedManifest Read(RegistryServer server, Answer answer, Digest? digest)
    {
        string shown = server.Endpoint.Shown;
        if (answer.Status != 200)
            throw server.Refusal(answer, _image.ToString());
        server.RefuseEncoding(answer, "a manifest");
        byte[] bytes = answer.ReadAll(_context.Limits.MaxJsonBytes) ?? throw LimitErrors.JsonBytes("the manifest", _context.Limits.MaxJsonBytes, _context.Limits.MaxJsonBytes + 1L);
        if (answer.ContentHeaders.ContentLength is { } length && length != bytes.Length)
            throw new IOException("the body ended too early");
        // The document's own word and its members count. What the answer's header says of it may be anything.
        string type = DocumentType.Of(bytes) ?? throw RegistryErrors.NotARegistry(shown, $"{answer.ContentHeaders.ContentType?.MediaType ?? "a document without a type"} in place of a manifest");
        Digest found = DigestHash.Of(bytes, digest?.Algorithm);
        if (digest is not null && digest != found)
            throw IntegrityErrors.WrongDigest(digest.ToString(), $"{found} from '{shown}'");
        return new FetchedManifest(new Descriptor(type, found, bytes.Length), bytes);
    }

    private static void Accept(HttpRequestMessage request)
    {
        foreach (string type in Accepted)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
    }
}
