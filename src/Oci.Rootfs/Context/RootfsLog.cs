using System.Globalization;

namespace Oci.Rootfs.Context;

/// <summary>
/// Where the engine's rooms send messages. Any thread may call it. A hostile image can't flood a build's log: only the first <see
/// cref="MostOfOneCode"/> warnings of each code are passed on, and <see cref="TellHidden"/> says how many more there were.
/// </summary>
internal sealed class RootfsLog(Action<RootfsMessage>? sink)
{
    public const int MostOfOneCode = 10;

    /// <summary>
    /// The codes and texts of the warnings of a part of the work, until <see cref="Take"/>; null in a log that passes them on. Two lists of
    /// texts, because one of our own type would be compiled in every build.
    /// </summary>
    private readonly List<string>? _codes, _texts;

    private readonly Dictionary<string, int> _warnings = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private RootfsLog(Action<RootfsMessage>? sink, List<string> codes, List<string> texts)
        : this(sink) => (_codes, _texts) = (codes, texts);

    public static RootfsLog None { get; } = new(null);

    /// <summary>
    /// A log for a part of the work that runs beside others. It keeps its warnings, so that they come in an order that does not depend on
    /// threads. It passes everything else on.
    /// </summary>
    public RootfsLog Part() => new(sink is null ? null : Pass, [], []);

    /// <summary>Passes the warnings of a part on; null for a part that has not begun.</summary>
    public void Take(RootfsLog? part)
    {
        if (part is not { _codes: { } codes, _texts: { } texts })
            return;
        lock (_lock)
        {
            for (int i = 0; i < codes.Count; i++)
            {
                Warning(codes[i], texts[i]);
                part._warnings[codes[i]]--;
            }
            foreach ((string code, int hidden) in part._warnings)
                _warnings[code] = _warnings.GetValueOrDefault(code) + hidden;
        }
    }

    /// <summary>
    /// The warnings of a part that nobody has taken yet: the codes and texts of those that it would pass on, and how many there were of each
    /// code.
    /// </summary>
    public (IReadOnlyList<string> Codes, IReadOnlyList<string> Texts, Dictionary<string, int> Counts) Warnings()
    {
        lock (_lock)
            return ([.. _codes ?? []], [.. _texts ?? []], new Dictionary<string, int>(_warnings, StringComparer.Ordinal));
    }

    /// <summary>Counts warnings of a code that are too many to be passed on.</summary>
    public void Hide(string code, int count)
    {
        lock (_lock)
            _warnings[code] = _warnings.GetValueOrDefault(code) + count;
    }

    public void Warning(string code, string text)
    {
        lock (_lock)
        {
            _warnings.TryGetValue(code, out int count);
            _warnings[code] = count + 1;
            if (count >= MostOfOneCode)
                return;
            if (_codes is null)
            {
                Say(RootfsMessageKind.Warning, code, text);
                return;
            }
            _codes.Add(code);
            _texts!.Add(text);
        }
    }

    public void Summary(string text) => Say(RootfsMessageKind.Summary, null, text);

    public void Normal(string text) => Say(RootfsMessageKind.Normal, null, text);

    public void Detail(string text) => Say(RootfsMessageKind.Detail, null, text);

    public void TellHidden()
    {
        lock (_lock)
        {
            foreach (string code in _warnings.Keys.Order(StringComparer.Ordinal))
            {
                int hidden = _warnings[code] - MostOfOneCode;
                if (hidden > 0)
                    Say(RootfsMessageKind.Warning, code, string.Create(CultureInfo.InvariantCulture, $"{hidden} more {(hidden == 1 ? "warning" : "warnings")} {code} {(hidden == 1 ? "is" : "are")} not shown."));
            }
            _warnings.Clear();
        }
    }

    private void Pass(RootfsMessage message)
    {
        lock (_lock)
            sink!(message);
    }

    private void Say(RootfsMessageKind kind, string? code, string text)
    {
        if (sink is not null)
            Pass(new RootfsMessage(kind, code, text));
    }
}
