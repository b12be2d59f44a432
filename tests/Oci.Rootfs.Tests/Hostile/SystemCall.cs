using System.Text.RegularExpressions;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>One call as strace saw it begin: its name, and its arguments as text, with what a descriptor stands for in angle brackets.</summary>
public sealed partial record SystemCall(string Name, string Arguments)
{
    /// <summary>Without what strace adds about descriptors: what the process really handed to the kernel.</summary>
    public string Handed { get; } = Decoration().Replace(Arguments, "$1");

    /// <summary>The file behind the first argument, where that is a descriptor.</summary>
    public string? File => FirstFile().Match(Arguments) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The strings in it: names, targets, names of attributes.</summary>
    public IReadOnlyList<string> Strings => [.. Quoted().Matches(Handed).Select(static m => m.Groups[1].Value)];

    public bool Has(string flag) => Arguments.Contains(flag, StringComparison.Ordinal);

    public override string ToString() => $"{Name}({Arguments})";

    /// <summary>What the runner did, in order, its threads mixed as they ran.</summary>
    public static IReadOnlyList<SystemCall> Trace(IReadOnlyList<string> user, string log, params string[] arguments)
    {
        string[] strace = ["strace", "-f", "-y", "-s", "64", "-o", log, "-e", "trace=%file,write,pwrite64,ftruncate,fchmod,fchown,fsetxattr,fremovexattr,dup,dup2,dup3"];
        CommandResult result = Command.RunnerUnder([.. user, .. strace], arguments);
        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        return [.. System.IO.File.ReadLines(log).Select(static l => Line().Match(l)).Where(static m => m.Success)
            .Select(static m => new SystemCall(m.Groups["name"].Value, m.Groups["arguments"].Value))];
    }

    [GeneratedRegex(@"^\d+ +(?<name>\w+)\((?<arguments>.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"\b(\d+|AT_FDCWD)<[^>]*>")]
    private static partial Regex Decoration();

    [GeneratedRegex(@"^\d+<([^>]*)>")]
    private static partial Regex FirstFile();

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Quoted();
}
