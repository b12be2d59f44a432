using System.Collections.Concurrent;
using System.Globalization;

namespace Oci.Rootfs;

/// <summary>
/// Where the engine's rooms say things. Any thread may call it. A hostile image can't flood a build's log: of each warning code only
/// the first <see cref="MostOfOneCode"/> are passed on; <see cref="Finish"/> says how many more there were.
/// </summary>
internal sealed class RootfsLog(Action<RootfsMessage>? sink)
{
    public const int MostOfOneCode = 10;

    private readonly ConcurrentDictionary<string, int> _warnings = new(StringComparer.Ordinal);
    private readonly Lock _sinkLock = new();

    public static RootfsLog None { get; } = new(null);

    public void Warning(string code, string text)
    {
        if (_warnings.AddOrUpdate(code, 1, static (_, n) => n + 1) <= MostOfOneCode)
            Say(RootfsMessageKind.Warning, code, text);
    }

    public void Summary(string text) => Say(RootfsMessageKind.Summary, null, text);

    public void Normal(string text) => Say(RootfsMessageKind.Normal, null, text);

    public void Detail(string text) => Say(RootfsMessageKind.Detail, null, text);

    public void Finish()
    {
        foreach ((string code, int count) in _warnings.OrderBy(static w => w.Key, StringComparer.Ordinal))
        {
            if (count > MostOfOneCode)
                Say(RootfsMessageKind.Warning, code, string.Create(CultureInfo.InvariantCulture, $"{count - MostOfOneCode} more warnings {code} are not shown."));
        }
        _warnings.Clear();
    }

    private void Say(RootfsMessageKind kind, string? code, string text)
    {
        if (sink is null)
            return;
        lock (_sinkLock)
            sink(new RootfsMessage(kind, code, text));
    }
}
