using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// The place of the cases: <c>image.tar</c>, the destination <c>out/rootfs</c>, and a canary tree beside it. The fuzzer knows every inode,
/// mode, owner, length and time of change of that tree.
/// </summary>
internal sealed partial class FuzzPlace
{
    private readonly IReadOnlyList<string> _canary;

    public FuzzPlace(string directory)
    {
        Directory = directory;
        foreach (string path in new[] { "canary/sub/file", "canary/file", "rootfs-evil/file", "passwd" })
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
            File.WriteAllText(this[path], path);
        }
        _canary = Canary();
    }

    public string Directory { get; }

    public string this[string path] => Path.Combine(Directory, path);

    public string Image => this["image.tar"];

    public string Rootfs => this["out/rootfs"];

    public string Record => this["out/rootfs.mtree"];

    public string Archive => this["out/rootfs.tar"];

    public string CompressedArchive => this["out/rootfs.tar.zst"];

    /// <summary>The archive that is made without a directory.</summary>
    public string ArchiveAlone => this["alone/rootfs.tar"];

    /// <summary>Removes everything that a case has made.</summary>
    public void Reset()
    {
        foreach (string made in new[] { "out", "alone" })
        {
            // A user's own directory may be closed to that user.
            if (System.IO.Directory.Exists(this[made]) && !Environment.IsPrivilegedProcess)
                Run("chmod", "-R", "u+rwx", this[made]);
            if (System.IO.Directory.Exists(this[made]))
                Run("rm", "-rf", "--one-file-system", this[made]);
        }
    }

    /// <summary>A change outside the destination; null for none.</summary>
    public string? Damage()
    {
        IReadOnlyList<string> canary = Canary();
        if (!canary.SequenceEqual(_canary))
            return "outside the destination there was: " + string.Join(", ", _canary.Except(canary)) + "; now: " + string.Join(", ", canary.Except(_canary));
        string[] names = [.. System.IO.Directory.GetFileSystemEntries(Directory).Select(static p => Path.GetFileName(p)!)];
        return names.Except(["canary", "rootfs-evil", "passwd", "image.tar", "out", "alone", "case", "peers"]).FirstOrDefault() is { } made ? $"'{made}' was made beside the destination's parent" : null;
    }

    /// <summary>A file beside the tree that should not be there; null for none.</summary>
    /// <param name="mayHaveTree">A tree was made, or stood before.</param>
    /// <param name="mayHaveRemains">A cancellation may have ended the removal of the old tree. The next build goes on with it.</param>
    public string? Litter(bool mayHaveTree, bool mayHaveRemains) =>
        LitterIn("out", [.. mayHaveTree ? ["rootfs", ".rootfs.oci", ".rootfs.oci-state", "rootfs.mtree", "rootfs.tar", "rootfs.tar.zst", "config.json", "config.props"] : Array.Empty<string>(),
            .. mayHaveRemains ? [".rootfs.oci-new"] : Array.Empty<string>()]);

    /// <summary>A file beside the archive that was made without a directory, and that should not be there; null for none.</summary>
    public string? LitterAlone(bool mayHaveArchive) => LitterIn("alone", mayHaveArchive ? ["rootfs.tar", ".rootfs.tar.oci"] : []);

    private string? LitterIn(string directory, string[] allowed) =>
        System.IO.Directory.Exists(this[directory])
        && System.IO.Directory.GetFileSystemEntries(this[directory]).Select(static p => Path.GetFileName(p)!).Except(allowed).FirstOrDefault() is { } left ? $"'{directory}/{left}' is left" : null;

    /// <summary>The tree has as many paths as its mtree file, except for devices and what this user may not look at.</summary>
    public string? Incomplete()
    {
        int recorded = 0;
        string? closed = null;
        foreach (string line in File.ReadLines(Record, Encoding.Latin1).Where(static l => l.StartsWith('.')))
        {
            string path = line[..line.IndexOf(' ', StringComparison.Ordinal)];
            if (closed is not null && path.StartsWith(closed, StringComparison.Ordinal))
                continue;
            closed = !Environment.IsPrivilegedProcess && Closed().IsMatch(line) ? path + "/" : null;
            if (!line.Contains(" type=char ", StringComparison.Ordinal) && !line.Contains(" type=block ", StringComparison.Ordinal))
                recorded++;
        }
        int standing = Run("find", Rootfs, "(", "-type", "d", "!", "(", "-readable", "-executable", ")", "-printf", ".", "-prune", ")", "-o", "!", "-type", "c", "!", "-type", "b", "-printf", ".").Length;
        return recorded == standing ? null : $"{standing} paths stand on disk, {recorded} are recorded";
    }

    public static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private List<string> Canary()
    {
        List<string> seen = [];
        foreach (string path in new[] { "canary", "canary/sub", "canary/sub/file", "canary/file", "rootfs-evil", "rootfs-evil/file", "passwd" })
            seen.Add(path + " " + Stat(this[path]));
        return seen;
    }

    private static string Stat(string path)
    {
        // The places in struct statx of links, owner and mode, of inode and size, and of the last change time.
        (int At, int Length)[] fields = [(16, 14), (32, 16), (96, 12)];
        byte[] statx = new byte[256];
        return Statx(-100, path, 0x100, 0x7ff, statx) != 0 ? "gone" : string.Join(' ', fields.Select(f => Convert.ToHexString(statx, f.At, f.Length)));
    }

    /// <summary>A directory that its owner may not list and enter.</summary>
    [GeneratedRegex(" type=dir mode=[0-7](?![57])")]
    private static partial Regex Closed();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] statx);
}
