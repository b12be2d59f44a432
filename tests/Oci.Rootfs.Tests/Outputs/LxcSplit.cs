namespace Oci.Rootfs.Tests.Outputs;

/// <summary>LXC's own rules, written from what lxc-start 6.0 did: how it reads a line, and how it splits <c>lxc.init.cmd</c>.</summary>
internal static class LxcSplit
{
    /// <summary>The value of a line: white space at both ends goes, and then one pair of quotes.</summary>
    public static string Value(string line)
    {
        string value = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim(' ', '\t', '\r', '\n', '\v', '\f');
        return value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;
    }

    public static List<string> Words(string value)
    {
        List<string> words = [];
        for (int at = 0; at < value.Length;)
        {
            if (IsBlank(value[at]))
            {
                at++;
                continue;
            }
            bool isQuoted = value[at] is '"' or '\'';
            int start = isQuoted ? at + 1 : at;
            int end = start;
            while (end < value.Length && !(isQuoted ? value[end] == value[at] : IsBlank(value[end])))
                end++;
            words.Add(value[start..end]);
            at = isQuoted ? end + 1 : end;
        }
        return words;

        static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\v' or '\f' or '\r';
    }
}
