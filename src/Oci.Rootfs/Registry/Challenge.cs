using System.Net.Http.Headers;

namespace Oci.Rootfs.Registry;

/// <summary>What a server wants to know of us (RFC 9110, 11.6.1; distribution's token specification).</summary>
/// <param name="Realm">Where a token comes from; null for <c>Basic</c>.</param>
/// <param name="Service">The name of the service that wants the token; null for none.</param>
/// <param name="Scope">What the token is for; null for none.</param>
internal sealed record Challenge(string? Realm, string? Service, string? Scope)
{
    private const int MostParameterBytes = 8192;

    public bool IsBearer => Realm is not null;

    /// <summary>Chooses the best of all challenges, wherever it stands among them.</summary>
    /// <param name="headers">All challenges of an answer.</param>
    /// <param name="schemes">The names of all schemes, for an error.</param>
    /// <returns>Null where there is none that we can meet.</returns>
    public static Challenge? Choose(IEnumerable<AuthenticationHeaderValue> headers, out string schemes)
    {
        Challenge? bearer = null, basic = null;
        List<string> names = [];
        foreach (AuthenticationHeaderValue header in headers)
        {
            names.Add(header.Scheme);
            if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
                bearer ??= ParseBearer(header.Parameter ?? "");
            else if (header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
                basic ??= new Challenge(null, null, null);
        }
        schemes = names.Count == 0 ? "no challenge" : string.Join(", ", names.Take(10));
        return bearer ?? basic;
    }

    /// <returns>Null where there is no realm.</returns>
    public static Challenge? ParseBearer(string parameters)
    {
        if (parameters.Length > MostParameterBytes)
            return null;
        string? realm = null, service = null, scope = null;
        for (int at = 0; Next(parameters, ref at, out string name, out string value);)
        {
            switch (name.ToUpperInvariant())
            {
                case "REALM": realm ??= value; break;
                case "SERVICE": service ??= value; break;
                case "SCOPE": scope ??= value; break;
            }
        }
        return string.IsNullOrEmpty(realm) ? null : new Challenge(realm, service, scope);
    }

    /// <summary>Reads <c>name=value</c> or <c>name="value"</c>, with blanks and commas around it.</summary>
    private static bool Next(string text, ref int at, out string name, out string value)
    {
        (name, value) = ("", "");
        while (at < text.Length && (text[at] is ' ' or '\t' or ','))
            at++;
        int equals = text.IndexOf('=', at);
        if (equals < 0)
            return false;
        name = text[at..equals].Trim();
        at = equals + 1;
        while (at < text.Length && text[at] is ' ' or '\t')
            at++;
        value = at < text.Length && text[at] == '"' ? Quoted(text, ref at) : Plain(text, ref at);
        return true;
    }

    private static string Plain(string text, ref int at)
    {
        int end = text.IndexOf(',', at);
        string value = text[at..(end < 0 ? text.Length : end)].Trim();
        at = end < 0 ? text.Length : end;
        return value;
    }

    private static string Quoted(string text, ref int at)
    {
        System.Text.StringBuilder value = new();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at]);
        }
        at = Math.Min(at + 1, text.Length);
        return value.ToString();
    }
}
