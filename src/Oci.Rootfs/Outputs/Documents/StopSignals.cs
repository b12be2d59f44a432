using System.Globalization;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes an image's <c>StopSignal</c> as LXC reads signals. LXC does not start a container whose signal it does not know. It takes some
/// numbers that are no signals without a word.
/// </summary>
internal static class StopSignals
{
    public const string Default = "SIGTERM";

    /// <summary>The numbers of the real-time signals, as the C library gives them to programs.</summary>
    private const int FirstRealTime = 34;
    private const int Last = 64;

    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS",
    ];

    /// <param name="signal">The image's text: a name with or without <c>SIG</c>, or a number; null for none.</param>
    /// <returns><c>SIGTERM</c>, <c>SIGRTMIN+3</c>, <c>SIGRTMAX-1</c> or <c>15</c>.</returns>
    /// <exception cref="OciException">OCI6016: Linux has no such signal.</exception>
    public static string Normalise(string? signal)
    {
        if (signal is null)
            return Default;
        if (int.TryParse(signal, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return number is >= 1 and <= Last ? number.ToString(CultureInfo.InvariantCulture) : throw RunErrors.StopSignal(signal);
        string name = signal.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
            name = name[3..];
        if (Array.IndexOf(Names, name) >= 0)
            return "SIG" + name;
        return RealTime(name, "RTMIN", '+') ?? RealTime(name, "RTMAX", '-') ?? throw RunErrors.StopSignal(signal);
    }

    /// <summary>LXC refuses the bare names, so they get their distance too.</summary>
    private static string? RealTime(string name, string from, char sign)
    {
        if (name == from)
            return $"SIG{from}{sign}0";
        bool isDistance = name.StartsWith(from + sign, StringComparison.Ordinal)
            & int.TryParse(name.AsSpan(Math.Min(name.Length, from.Length + 1)), NumberStyles.None, CultureInfo.InvariantCulture, out int distance);
        return isDistance && distance <= Last - FirstRealTime ? string.Create(CultureInfo.InvariantCulture, $"SIG{from}{sign}{distance}") : null;
    }
}
