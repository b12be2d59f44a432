using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// What build servers take for commands when they read the log of a build. Anywhere in a line: <c>##vso[</c> and <c>##[</c> (Azure
/// Pipelines; GitHub's runner the latter), <c>##teamcity[</c>; that no <c>##</c> is printed breaks them all. At a line's start, white
/// space before them or not: those below. GitLab's sections need an escape character or a carriage return, which are never printed;
/// theirs are here all the same, because viewers of saved logs look for less.
/// </summary>
internal static class LogCommands
{
    private static readonly byte[][] AtLineStart =
    [
        [.. "::"u8], // GitHub, Gitea, Forgejo
        [.. "--- "u8], [.. "+++ "u8], [.. "~~~ "u8], [.. "^^^ "u8], // Buildkite
        [.. "travis_fold:"u8], [.. "travis_time:"u8],
        [.. "section_start:"u8], [.. "section_end:"u8], // GitLab
    ];

    /// <summary>Where in the text a command begins that stands at its start; -1 where none does.</summary>
    public static int AtStart(ReadOnlySpan<byte> text)
    {
        int start = 0;
        while (Rune.DecodeFromUtf8(text[start..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(rune))
            start += length;
        foreach (byte[] command in AtLineStart)
        {
            if (text[start..].StartsWith(command))
                return start;
        }
        return -1;
    }
}
