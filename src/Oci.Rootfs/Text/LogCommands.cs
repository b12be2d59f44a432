using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// The texts that build servers take for commands when they read a build's log. Anywhere in a line: <c>##vso[</c> and <c>##[</c> (Azure
/// Pipelines; GitHub's runner takes only the latter) and <c>##teamcity[</c>. The engine never prints <c>##</c>, and so breaks them all. At
/// a line's start, perhaps after white space: the texts below. GitLab's sections also need an escape character or a carriage return, and
/// the engine prints neither. They are listed all the same, because viewers of saved logs may require less.
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

    /// <summary>Finds a command at the start of the text and returns its place; -1 where there is none.</summary>
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
