using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>A system call as strace prints it: <c>openat(3&lt;/a&gt;, "b", O_RDONLY) = 4&lt;/a/b&gt;</c>.</summary>
internal sealed partial record SystemCall
{
    public static readonly FrozenSet<string> Writes = ["write", "pwrite64", "writev", "pwritev"];

    public static readonly FrozenSet<string> Reads = ["read", "pread64", "readv", "preadv"];

    public static readonly FrozenSet<string> Opens = ["open", "openat", "openat2", "creat"];

    public static readonly FrozenSet<string> Removes = ["unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2"];

    /// <summary>Looks at a node.</summary>
    public static readonly FrozenSet<string> Looks = ["statx", "newfstatat", "fstat"];

    /// <summary>Sets an owner or a mode.</summary>
    public static readonly FrozenSet<string> Grants = ["chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat"];

    public static readonly FrozenSet<string> Changes =
    [
        .. Removes, .. Grants, "mkdir", "mkdirat", "mknodat", "link", "linkat", "symlink", "symlinkat", "truncate", "ftruncate", "fallocate",
        "copy_file_range", "sendfile", "utimensat", "setxattr", "fsetxattr", "lsetxattr",
    ];

    private SystemCall(string name, string arguments, string result)
    {
        (Name, Arguments) = (name, arguments);
        Result = Number().Match(result) is { Success: true } number ? long.Parse(number.ValueSpan, CultureInfo.InvariantCulture) : -1;
        File = Handle().Match(arguments).Groups["file"].Value;
        // What a write or a read quotes is content.
        bool namesPath = !Writes.Contains(name) && !Reads.Contains(name);
        Path = namesPath && Quoted().Match(arguments) is { Success: true } path ? System.IO.Path.Combine(File, path.Groups["text"].Value) : File;
    }

    public string Name { get; }

    public string Arguments { get; }

    /// <summary>The number that was returned; -1 for a call that failed or never ended.</summary>
    public long Result { get; }

    /// <summary>The file of the handle that is the first argument; empty for none.</summary>
    public string File { get; }

    /// <summary>The path that the call is about: the first one that it names, or else that of its handle.</summary>
    public string Path { get; }

    public bool Succeeded => Result >= 0;

    public bool IsWrite => Writes.Contains(Name);

    public bool IsRead => Reads.Contains(Name);

    public bool IsOpen => Opens.Contains(Name);

    /// <summary>The call opened a file that it may have made.</summary>
    public bool Makes => IsOpen && Succeeded && (Name == "creat" || Arguments.Contains("O_CREAT", StringComparison.Ordinal));

    public bool OpensDirectory => IsOpen && Succeeded && Arguments.Contains("O_DIRECTORY", StringComparison.Ordinal);

    /// <summary>The number of the handle that is the first argument.</summary>
    public long HandleNumber => long.Parse(Number().Match(Arguments).ValueSpan, CultureInfo.InvariantCulture);

    /// <summary>Returns null for lines that tell of something else: signals, the ends of threads.</summary>
    public static SystemCall? Parse(string line) =>
        Call().Match(line) is { Success: true } call ? new SystemCall(call.Groups["name"].Value, call.Groups["arguments"].Value, call.Groups["result"].Value) : null;

    [GeneratedRegex(@"^(?<name>\w+)\((?<arguments>.*)\)\s+= (?<result>.*)$")]
    private static partial Regex Call();

    [GeneratedRegex(@"^(?:AT_FDCWD|\d+)<(?<file>[^>]*)>")]
    private static partial Regex Handle();

    [GeneratedRegex(@"""(?<text>(?:[^""\\]|\\.)*)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^-?\d+")]
    private static partial Regex Number();
}
