using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Registry;

/// <summary>
/// Sends requests to one server, follows its redirects, and says who we are when it asks. Credentials go to the server's own origin and to
/// its realm, and nowhere else.
/// </summary>
internal sealed class RegistryServer : IDisposable
{
    private const int MostRedirects = 5, MostHeaderKilobytes = 64;

    private readonly EngineContext _context;
    private readonly RegistryOptions _options;
    private readonly Credentials _credentials;
    private readonly Trust _trust;
    private readonly HttpClient _client;
    private readonly Lock _lock = new(), _authorizing = new();
    private readonly HashSet<string> _warnings = [];
    private volatile Endpoint _endpoint;
    private volatile AuthenticationHeaderValue? _authorization;
    private Credential? _credential;
    private bool _hasLooked;
    private volatile bool _hasAnswered;

    public RegistryServer(Endpoint endpoint, RegistryOptions options, EngineContext context)
    {
        (_endpoint, _options, _context) = (endpoint, options, context);
        // The SDK's variables name no registry. They are for the one of the project, and not for its mirrors.
        _credentials = new Credentials(endpoint.Namespace is null ? options : options with { IsOnlyRegistry = false }, context);
        _trust = new Trust(endpoint, options);
#pragma warning disable CA2000 // The client disposes of it.
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            // Where there may be no TLS, a server that says nothing to it is asked without, and soon.
            ConnectTimeout = endpoint.AllowsHttp ? options.Times.ConnectWithoutTls : options.Times.Connect,
            MaxResponseHeadersLength = MostHeaderKilobytes,
            PreAuthenticate = false,
            // A response that is given up is not read to its end: another thread may still be reading it.
            MaxResponseDrainSize = 0,
            Proxy = new Proxy(options.Environment),
            SslOptions = _trust.Options(),
            // What .NET would add to a request for tracing says nothing to a registry.
            ActivityHeadersPropagator = null,
        };
#pragma warning restore CA2000
        _client = new HttpClient(handler) { Timeout = options.Times.Connect + options.Times.Headers };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(new ProductHeaderValue("oci-build-tasks")));
    }

    public Endpoint Endpoint => _endpoint;

    /// <summary>Asks for something in the repository, as often as it makes sense.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="kind"><c>manifests</c> or <c>blobs</c>.</param>
    /// <param name="name">A tag or a digest.</param>
    /// <param name="prepare">Sets headers.</param>
    /// <exception cref="OciException">The server can't be asked, or refuses.</exception>
    public Answer Ask(HttpMethod method, string kind, string name, Action<HttpRequestMessage> prepare)
    {
        AuthenticationHeaderValue? used = null;
        HttpRequestMessage Make()
        {
            HttpRequestMessage request = new(method, Endpoint.AddressOf(kind, name));
            prepare(request);
            request.Headers.Authorization = used = _authorization;
            return request;
        }
        Answer answer = Send(Make, mayRedirect: true);
        // Another server behind a redirect is told nothing.
        if (answer.Status != (int)HttpStatusCode.Unauthorized || !Endpoint.HasOriginOf(answer.Address))
            return answer;
        using (answer)
            Authorize(answer, used);
        answer = Send(Make, mayRedirect: true);
        if (answer.Status != (int)HttpStatusCode.Unauthorized)
            return answer;
        using (answer)
            throw NotAuthorised(answer.ReadWords());
    }

    /// <summary>Sends a request, again where that makes sense.</summary>
    /// <param name="make">Makes the request for each try.</param>
    /// <param name="mayRedirect">Whether redirects are followed. A token server's are not: credentials would be lost on the way.</param>
    public Answer Send(Func<HttpRequestMessage> make, bool mayRedirect)
    {
        Retry retry = NewRetry();
        bool hasSettled = false;
        while (true)
        {
            Answer answer;
            try
            {
                answer = SendAndFollow(make, mayRedirect);
            }
            catch (TransientException e)
            {
                // Once: an address that says https all the same would be tried for ever.
                if (e.IsSettled && !hasSettled)
                {
                    hasSettled = true;
                    continue;
                }
                if (!retry.Again())
                    throw RegistryErrors.Unreachable(Endpoint.Shown, $"{e.Message}, in {retry.Failed} tries");
                _context.Log.Detail($"Asking '{Endpoint.Shown}' again: {e.Message}.");
                continue;
            }
            if (!Retry.IsTransient(answer.Status))
                return answer;
            using (answer)
            {
                int status = answer.Status;
                TimeSpan? wait = retry.AskedBy(answer.Headers);
                (string? words, string? remaining) = (answer.ReadWords(), answer.Header("ratelimit-remaining"));
                if (!retry.Again(wait))
                    throw status == 429 ? RegistryErrors.RateLimit(Endpoint.Shown, wait is null ? null : string.Create(CultureInfo.InvariantCulture, $"{wait.Value.TotalSeconds:0} s"), remaining, words) : RegistryErrors.ServerError(Endpoint.Shown, status, retry.Failed, words);
                _context.Log.Detail($"Asking '{Endpoint.Shown}' again: status {status}.");
            }
        }
    }

    /// <summary>Counts the tries of one piece of work with this server.</summary>
    public Retry NewRetry() => new(_options.Times, _options.Clock, _context);

    /// <summary>The error for a server that does not let us in.</summary>
    public OciException NotAuthorised(Credential? credential, string? words) => credential is null
        ? RegistryErrors.NoCredentials(Endpoint.Host, _credentials.Places, words)
        : RegistryErrors.Refused(Endpoint.Host, credential.Source, words);

    public OciException NotAuthorised(string? words) => NotAuthorised(_credential, words);

    /// <summary>The error for an answer that is not what was asked for.</summary>
    /// <param name="answer">An answer with another status than those of success.</param>
    /// <param name="name">What was asked for.</param>
    public OciException Refusal(Answer answer, string name) => answer.Status switch
    {
        404 => RegistryErrors.NotFound(name, Endpoint.Shown, answer.ReadWords()),
        403 => NotAuthorised(answer.ReadWords()),
        int status => RegistryErrors.NotARegistry(Endpoint.Shown, $"status {status}"),
    };

    /// <param name="answer">An answer.</param>
    /// <param name="what">What was asked for, with an article.</param>
    /// <exception cref="OciException">OCI8014: the content was compressed on the way, so that its bytes are others.</exception>
    public void RefuseEncoding(Answer answer, string what)
    {
        if (answer.ContentHeaders.ContentEncoding.Any(static encoding => encoding != "identity"))
            throw RegistryErrors.NotARegistry(Endpoint.Shown, $"{what} with a Content-Encoding that was not asked for");
    }

    public static AuthenticationHeaderValue Basic(Credential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.User}:{credential.Password}")));

    public void Dispose()
    {
        _client.Dispose();
        _trust.Dispose();
    }

    /// <summary>The server wants to know who we are, or our token has expired. Several threads hear so at once: one token is enough.</summary>
    private void Authorize(Answer refused, AuthenticationHeaderValue? used)
    {
        lock (_authorizing)
        {
            if (ReferenceEquals(used, _authorization))
                _authorization = Authorize(refused);
        }
    }

    private AuthenticationHeaderValue Authorize(Answer refused)
    {
        if (Challenge.Choose(refused.Headers.WwwAuthenticate, out string schemes) is not { } challenge)
            throw RegistryErrors.UnknownChallenge(Endpoint.Host, schemes);
        if (!_hasLooked)
            _credential = _credentials.Find(Endpoint.Host, Endpoint.Repository);
        _hasLooked = true;
        if (challenge.IsBearer)
            return new AuthenticationHeaderValue("Bearer", new TokenSource(this).Get(challenge, _credential));
        return _credential is { User.Length: > 0 } credential ? Basic(credential) : throw NotAuthorised(_credential, refused.ReadWords());
    }

    private Answer SendAndFollow(Func<HttpRequestMessage> make, bool mayRedirect)
    {
        HttpRequestMessage request = make();
        try
        {
            for (int redirects = 0; ; redirects++)
            {
                Answer answer = SendOnce(request);
                if (!mayRedirect || answer.Status is not (301 or 302 or 303 or 307 or 308))
                    return answer;
                using (answer)
                {
                    if (redirects == MostRedirects)
                        throw RegistryErrors.RefusedAddress("redirect", Allowed.Shown(request.RequestUri!), $"at most {MostRedirects} redirects");
                    HttpRequestMessage next = Follow(request, answer, make);
                    request.Dispose();
                    request = next;
                }
            }
        }
        finally
        {
            request.Dispose();
        }
    }

    private HttpRequestMessage Follow(HttpRequestMessage request, Answer answer, Func<HttpRequestMessage> make)
    {
        if (answer.Header("Location") is not { } location || !Uri.TryCreate(request.RequestUri, location, out Uri? target))
            throw RegistryErrors.RefusedAddress("redirect", "no address", "an address");
        Allowed.Check("redirect", target, Endpoint);
        // An address that leads back to plain http after TLS is refused too, however many steps lie between.
        if (request.RequestUri!.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
            throw RegistryErrors.RefusedAddress("redirect", Allowed.Shown(target), "https");
        HttpRequestMessage next = make();
        next.RequestUri = target;
        // To another origin credentials are not sent: they are not for it, and a storage that has a signature in the address refuses two.
        if (!Endpoint.HasOriginOf(target))
            next.Headers.Authorization = null;
        return next;
    }

    private Answer SendOnce(HttpRequestMessage request)
    {
        _context.ThrowIfCancelled();
        try
        {
            HttpResponseMessage response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead, _context.Cancellation);
            _hasAnswered = true;
            Answer answer = new(response, _options.Times, _context.Cancellation);
            WarnOf(answer);
            return answer;
        }
        catch (OperationCanceledException)
        {
            _context.ThrowIfCancelled();
            // A server that knows nothing of TLS may wait for the end of what it takes for a request.
            throw FallsBackToHttp(request.RequestUri!) ? NoTls() : new TransientException("no answer in time");
        }
        catch (HttpRequestException e)
        {
            throw e.HttpRequestError == HttpRequestError.SecureConnectionError && FallsBackToHttp(request.RequestUri!) ? NoTls() : Explain(e, request.RequestUri!);
        }
    }

    /// <summary>Only at the first contact: a connection that breaks later is no reason to go on without TLS.</summary>
    private bool FallsBackToHttp(Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttps || _trust.Problem is not null)
            return false;
        lock (_lock)
        {
            bool isOurs = address.Host == Endpoint.Origin.Host && address.Port == Endpoint.Origin.Port;
            if (!_hasAnswered && Endpoint is { AllowsHttp: true, IsHttp: false } && isOurs)
                _endpoint = _endpoint.WithHttp();
            // Another thread may have found it out.
            return Endpoint.IsHttp && isOurs;
        }
    }

    private static TransientException NoTls() => new("it does not speak TLS") { IsSettled = true };

    private Exception Explain(HttpRequestException e, Uri address)
    {
        string host = address.Authority;
        SocketError? socket = (e.InnerException as SocketException ?? e.InnerException?.InnerException as SocketException)?.SocketErrorCode;
        switch (e.HttpRequestError)
        {
            case HttpRequestError.SecureConnectionError when _trust.Problem is { } problem:
                return RegistryErrors.Certificate(host, problem, _trust.Directories);
            case HttpRequestError.SecureConnectionError when e.InnerException is AuthenticationException { InnerException: null }:
                return RegistryErrors.PlainHttp(host);
            case HttpRequestError.SecureConnectionError:
                return new TransientException("TLS can't be agreed on");
            case HttpRequestError.NameResolutionError when socket is SocketError.HostNotFound or SocketError.NoData:
                return RegistryErrors.Unreachable(host, "there is no host of this name");
            case HttpRequestError.NameResolutionError:
                return new TransientException("the name can't be looked up");
            case HttpRequestError.ProxyTunnelError:
                return RegistryErrors.Unreachable(host, "the proxy refuses");
            case HttpRequestError.ConfigurationLimitExceeded:
                return RegistryErrors.NotARegistry(host, "headers of more than 64 KiB");
            case HttpRequestError.InvalidResponse:
                return RegistryErrors.NotARegistry(host, "what is no answer of HTTP");
            case HttpRequestError.ConnectionError:
                return new TransientException(socket is { } error ? $"no connection ({error})" : "no connection");
            default:
                return new TransientException("the connection broke");
        }
    }

    private void WarnOf(Answer answer)
    {
        foreach (WarningHeaderValue warning in answer.Headers.Warning.Take(3))
        {
            lock (_lock)
            {
                if (warning.Code == 299 && _warnings.Count < 10 && _warnings.Add(warning.Text))
                    RegistryErrors.WarnRegistry(_context.Log, Endpoint.Host, warning.Text.Trim('"'));
            }
        }
    }
}
