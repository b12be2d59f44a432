using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>
/// A pattern of paths. <c>*</c> stands for any characters of one name and <c>?</c> for one; <c>**</c> as a whole name stands for any number
/// of names. Other characters stand for themselves, as bytes.
/// </summary>
internal sealed class PathPattern
{
    /// <summary>One bit a name, and one for the end.</summary>
    private const int MostNames = 60;

    private static readonly byte[] AnyNames = "**"u8.ToArray();

    private readonly byte[][] _names;

    private PathPattern(string text, byte[][] names) => (Text, _names) = (text, names);

    /// <summary>The pattern as the user wrote it.</summary>
    public string Text { get; }

    /// <summary>
    /// The state at the root. A state has a bit for each name of the pattern that may come next, and one for the end. So the walk through a
    /// tree costs one step a path, however deep the path is.
    /// </summary>
    public ulong Start => WithSkipped(1);

    /// <exception cref="OciException">OCI6414.</exception>
    public static PathPattern Parse(string text)
    {
        if (!text.StartsWith('/'))
            throw OwnErrors.BadPattern(text, "a path that begins with '/'");
        List<byte[]> names = [];
        foreach (string name in text.Split('/'))
        {
            if (name is "" or ".")
                continue;
            if (name == "..")
                throw OwnErrors.BadPattern(text, "a path without '..'");
            if (OwnPath.HasControl(name))
                throw OwnErrors.BadPattern(text, "a path without control characters");
            names.Add(OwnPath.Bytes(name) ?? throw OwnErrors.BadPattern(text, "a path that is Unicode"));
        }
        if (names.Count is 0 or > MostNames)
            throw OwnErrors.BadPattern(text, names.Count == 0 ? "a path below the root" : "at most 60 names");
        // What is inside a directory is not the directory: there is one name at least.
        if (IsAny(names[^1]))
            names.Insert(names.Count - 1, "*"u8.ToArray());
        return new PathPattern(text, [.. names]);
    }

    /// <summary>The state at a path, from the state at its parent.</summary>
    public ulong Step(ulong state, ReadOnlySpan<byte> name)
    {
        ulong next = 0;
        for (int i = 0; i < _names.Length && state >> i != 0; i++)
        {
            if ((state >> i & 1) == 0)
                continue;
            if (IsAny(_names[i]))
                next |= 1UL << i;
            else if (IsMatch(_names[i], name))
                next |= 1UL << (i + 1);
        }
        return WithSkipped(next);
    }

    /// <summary>Whether the path with this state matches.</summary>
    public bool Matches(ulong state) => (state >> _names.Length & 1) != 0;

    private static bool IsAny(byte[] name) => name.AsSpan().SequenceEqual(AnyNames);

    /// <summary>Any number of names may be none.</summary>
    private ulong WithSkipped(ulong state)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if ((state >> i & 1) != 0 && IsAny(_names[i]))
                state |= 1UL << (i + 1);
        }
        return state;
    }

    private static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        int at = 0, p = 0, lastAny = -1, lastAt = 0;
        while (at < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (lastAny, lastAt) = (p, at);
                p++;
            }
            else if (p < pattern.Length && pattern[p] == '?')
            {
                p++;
                at += CharacterAt(name, at);
            }
            else if (p < pattern.Length && pattern[p] == name[at])
            {
                p++;
                at++;
            }
            else if (lastAny >= 0)
            {
                at = ++lastAt;
                p = lastAny + 1;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    /// <summary>The length of a character in bytes; 1 for a byte of a name that is not UTF-8.</summary>
    private static int CharacterAt(ReadOnlySpan<byte> name, int at) =>
        System.Text.Rune.DecodeFromUtf8(name[at..], out _, out int length) == System.Buffers.OperationStatus.Done ? length : 1;
}
