using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Spec;

/// <summary>
/// A JSON document from an image, walked once from front to back without a tree, so it takes only the memory of what the caller keeps. It
/// is strict (UTF-8, no comments, no trailing data, bounded length and depth). Of members with one name the last wins; null is absent.
/// </summary>
internal ref struct JsonInput
{
    private const int TokensBetweenLooks = 4096;

    private readonly string _document;
    private readonly EngineContext _context;
    private readonly List<PathStep> _path = [];
    private Utf8JsonReader _reader;
    private int _tokens;

    /// <summary>Begins at the document's value, which the caller asks for first.</summary>
    /// <exception cref="OciException">The document is too long, not UTF-8, or not JSON.</exception>
    public JsonInput(ReadOnlySpan<byte> bytes, string document, EngineContext context)
    {
        _document = document;
        _context = context;
        if (bytes.Length > context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(document, context.Limits.MaxJsonBytes, bytes.Length);
        if (!Utf8.IsValid(bytes))
            throw SelectionErrors.NotJson(document, "bytes that are not UTF-8");
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = Math.Min(context.Limits.MaxJsonDepth, int.MaxValue - 1) + 1 });
        Advance();
    }

    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    /// <summary>Steps into an object; false for null, which it skips.</summary>
    public bool BeginObject() => Begin(JsonTokenType.StartObject, "an object");

    /// <summary>Steps into an array; false for null, which it skips.</summary>
    public bool BeginArray() => Begin(JsonTokenType.StartArray, "an array");

    /// <summary>Moves to the next member's value; false behind the object.</summary>
    public bool NextMember(out string name)
    {
        Advance();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            _path.RemoveAt(_path.Count - 1);
            name = "";
            return false;
        }
        name = Text();
        _path[^1].Name = name;
        Advance();
        return true;
    }

    /// <summary>Moves to the next element; false behind the array.</summary>
    public bool NextElement()
    {
        Advance();
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            _path.RemoveAt(_path.Count - 1);
            return false;
        }
        _path[^1].Index++;
        return true;
    }

    /// <summary>A string, or null. A lone surrogate becomes U+FFFD.</summary>
    public string? String() => _reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => Text(),
        _ => throw WrongType("a string"),
    };

    /// <summary>A string; null for a value of any other kind, which it skips.</summary>
    public string? StringOrOther()
    {
        if (_reader.TokenType == JsonTokenType.String)
            return Text();
        Skip();
        return null;
    }

    /// <summary>A string, or null. A string of more bytes also gives null, and takes no memory.</summary>
    public string? ShortString(int mostBytes) => _reader.TokenType == JsonTokenType.String && _reader.ValueSpan.Length > mostBytes ? null : String();

    /// <summary>A whole number, or null.</summary>
    public long? Integer()
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        if (_reader.TokenType != JsonTokenType.Number)
            throw WrongType("a number");
        return _reader.TryGetInt64(out long value) ? value : throw SelectionErrors.WrongType(
            _document, Path(), "a whole number of at most 64 bits", SafeText.Show(_reader.ValueSpan));
    }

    /// <summary>An array of strings; null for null. A null among them counts as empty.</summary>
    public List<string>? Strings()
    {
        if (!BeginArray())
            return null;
        List<string> strings = [];
        while (NextElement())
            strings.Add(String() ?? "");
        return strings;
    }

    /// <summary>An object of strings; empty for null.</summary>
    public Dictionary<string, string> StringMap()
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        if (BeginObject())
        {
            while (NextMember(out string name))
                map[name] = String() ?? "";
        }
        return map;
    }

    /// <summary>The names in an object whose values don't matter; empty for null.</summary>
    public List<string> Names()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        if (BeginObject())
        {
            while (NextMember(out string name))
            {
                names.Add(name);
                Skip();
            }
        }
        return [.. names];
    }

    /// <summary>A digest, or null.</summary>
    public Digest? Digest()
    {
        if (String() is not { } text)
            return null;
        return Spec.Digest.TryParse(text, out Digest? digest) ? digest : throw SelectionErrors.BadDigest(_document, Path(), text);
    }

    /// <summary>Moves over a value of any kind, and checks its syntax.</summary>
    public void Skip()
    {
        int depth = _reader.CurrentDepth;
        if (_reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        do
            Advance();
        while (_reader.CurrentDepth > depth);
    }

    /// <summary>Checks that nothing follows.</summary>
    public void End()
    {
        try
        {
            if (_reader.Read())
                throw SelectionErrors.NotJson(_document, "data behind the document's end");
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }
    }

    /// <summary>The error for an object that lacks a member.</summary>
    public readonly OciException Missing(string member) => SelectionErrors.Missing(_document, Path(member));

    public readonly OciException NullElement(string expected) => WrongType(expected);

    public readonly OciException NegativeSize(long size) => SelectionErrors.BadSize(_document, Path("size"), size);

    private bool Begin(JsonTokenType start, string expected)
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return false;
        if (_reader.TokenType != start)
            throw WrongType(expected);
        _path.Add(new PathStep());
        return true;
    }

    private void Advance()
    {
        try
        {
            if (!_reader.Read())
                throw SelectionErrors.NotJson(_document, "its end in the middle of a value");
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }

        // The engine checks the depth itself: the reader's own limit, one deeper, would only report that something is wrong.
        if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && _reader.CurrentDepth >= _context.Limits.MaxJsonDepth)
            throw LimitErrors.JsonDepth(_document, _context.Limits.MaxJsonDepth);
        if (++_tokens % TokensBetweenLooks == 0)
            _context.ThrowIfCancelled();
    }

    private readonly OciException Malformed(JsonException e) => SelectionErrors.NotJson(_document, string.Create(
        CultureInfo.InvariantCulture, $"a syntax error in line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}"));

    /// <summary>The current string or name. The reader's own <c>GetString</c> throws on lone surrogates.</summary>
    private readonly string Text()
    {
        ReadOnlySpan<byte> raw = _reader.ValueSpan;
        return _reader.ValueIsEscaped ? JsonText.Unescape(raw) : Encoding.UTF8.GetString(raw);
    }

    private readonly OciException WrongType(string expected) => SelectionErrors.WrongType(_document, Path(), expected, _reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a boolean",
    });

    private readonly string Path(string? member = null)
    {
        StringBuilder text = new();
        foreach (PathStep step in _path)
            Append(step.Name, step.Index);
        if (member is not null)
            Append(member, 0);
        return text.ToString();

        void Append(string? name, int index)
        {
            if (name is null)
                text.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else
                text.Append(text.Length > 0 ? "." : "").Append(name);
        }
    }

    /// <summary>The walk's place in an object (by name) or an array (by index).</summary>
    private sealed class PathStep
    {
        public string? Name { get; set; }

        public int Index { get; set; } = -1;
    }
}
