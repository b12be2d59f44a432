using System.Globalization;

namespace Oci.Rootfs.Context;

/// <summary>
/// Where the engine's rooms send messages. Any thread may call it. A hostile image can't flood a build's log: only the first <see
/// cref="MostOfOneCode"/> warnings of each code are passed on, and <see cref="TellHidden"/> says how many more there were.
/// </summary>
internal sealed class RootfsLog(Action<RootfsMessage>? sink)
{
    public const int MostOfOneCode = 10;

    private readonly Dictionary<string, int> _warnings = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public static RootfsLog None { get; } = new(null);

    public void Warning(string code, string text)
    {
        lock (_lock)
        {
            _warnings.TryGetValue(code, out int count);
            _warnings[code] = count + 1;
            if (count < MostOfOneCode)
                Say(RootfsMessageKind.Warning, code, text);
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

    private void Say(RootfsMessageKind kind, string? code, string text)
    {
        if (sink is null)
            return;
        lock (_lock)
            sink(new RootfsMessage(kind, code, text));
    }
}
