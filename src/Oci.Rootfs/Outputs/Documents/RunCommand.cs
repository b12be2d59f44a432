using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>What the process of an image is: its arguments, its environment and its directory, as the files that run the image have them.</summary>
internal static class RunCommand
{
    /// <summary>The value of <c>PATH</c> where the image has none: docker's and podman's.</summary>
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The entrypoint, and then the command's arguments; empty where the image has neither.</summary>
    public static List<string> Arguments(RootfsImageConfig config) => [.. config.Entrypoint ?? [], .. config.Cmd ?? []];

    /// <summary>An absolute path; null where the image names none. A relative one begins at the root.</summary>
    public static string? Directory(RootfsImageConfig config) =>
        config.WorkingDir is null or ['/', ..] ? config.WorkingDir : "/" + config.WorkingDir;

    /// <summary>
    /// The entries with a name and a value, in the image's order. <c>PATH</c> goes before them if they have none. An entry without
    /// <c>=</c> is left out with a warning: LXC would give the container the host's variable, and runc would not start it.
    /// </summary>
    /// <param name="config">The image's config.</param>
    /// <param name="output">The output's name, for messages.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="OciException">OCI6013: an entry has no name.</exception>
    public static List<string> Environment(RootfsImageConfig config, string output, EngineContext context)
    {
        List<string> entries = new(config.Env.Count + 1);
        bool hasPath = false;
        foreach (string entry in config.Env)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals == 0)
                throw RunErrors.NamelessVariable(output, entry);
            if (equals < 0)
            {
                RunErrors.WarnVariableWithoutValue(context.Log, output, entry);
                continue;
            }
            hasPath |= entry.StartsWith("PATH=", StringComparison.Ordinal);
            entries.Add(entry);
        }
        if (!hasPath)
            entries.Insert(0, DefaultPath);
        return entries;
    }

    /// <summary>Refuses characters that the output has no way to write.</summary>
    /// <param name="text">The text to write.</param>
    /// <param name="forbidden">The characters.</param>
    /// <param name="expected">What the characters leave, for the error.</param>
    /// <param name="output">The output's name.</param>
    /// <param name="member">The member of the image's config.</param>
    /// <exception cref="OciException">OCI6011: the text has one of them.</exception>
    public static void Refuse(string text, ReadOnlySpan<char> forbidden, string expected, string output, string member)
    {
        if (text.AsSpan().IndexOfAny(forbidden) >= 0)
            throw RunErrors.Unwritable(output, member, expected, text);
    }
}
