using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Joins arguments to the value of <c>lxc.init.cmd</c>. LXC 6 splits it at blanks. A word that begins with a quote goes to the next quote
/// of that kind. There are no escapes, and quotes inside a word stand for themselves.
/// </summary>
internal static class LxcWords
{
    private static ReadOnlySpan<char> Blanks => " \t\n\v\f\r";

    /// <param name="arguments">The arguments, not empty.</param>
    /// <param name="context">The log for the warning that LXC 5 will not do.</param>
    /// <exception cref="OciException">OCI6012: an argument needs quotes and has both kinds.</exception>
    public static string Join(IReadOnlyList<string> arguments, EngineContext context)
    {
        StringBuilder line = new();
        string? firstQuoted = null;
        foreach (string argument in arguments)
        {
            string word = Word(argument);
            if (word.Length != argument.Length)
                firstQuoted ??= argument;
            line.Append(line.Length > 0 ? " " : "").Append(word);
        }
        if (firstQuoted is not null)
            RunErrors.WarnNeedsLxc6(context.Log, firstQuoted);
        return line.ToString();
    }

    private static string Word(string argument)
    {
        if (argument is [not ('"' or '\''), ..] && argument.AsSpan().IndexOfAny(Blanks) < 0)
            return argument;
        if (!argument.Contains('"', StringComparison.Ordinal))
            return $"\"{argument}\"";
        return argument.Contains('\'', StringComparison.Ordinal) ? throw RunErrors.BothQuotes(argument) : $"'{argument}'";
    }
}
