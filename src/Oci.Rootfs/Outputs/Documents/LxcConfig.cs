using System.Globalization;
using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes the file of the item's <c>LxcConfig</c> metadata: a part of an LXC configuration (lxc.container.conf(5)) that runs the image as
/// its config says. It has no path of this machine; the user names the tree. A value with text of the image stands in one pair of quotes:
/// LXC takes off exactly that pair and changes nothing inside.
/// </summary>
internal static class LxcConfig
{
    /// <param name="output">The stream for the file's bytes.</param>
    /// <param name="content">The image.</param>
    /// <param name="users">Looks up the image's user.</param>
    /// <exception cref="OciException">OCI6011 to OCI6020: LXC can't run the image as its config says.</exception>
    public static void Write(Stream output, OutputContent content, UserLookup users)
    {
        RootfsImageConfig config = content.Result.Config;
        if (content.Platform.Normalise().Os != "linux")
            throw RunErrors.NotLinux(nameof(OutputKind.LxcConfig), content.Platform.ToString());
        using StreamWriter text = new(output, new UTF8Encoding(false), 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine("# Written by Oci.Build.Tasks from the config of an image. lxc.rootfs.path is not in it: lxc-start -s lxc.rootfs.path=dir:/the/tree");
        WriteArchitecture(text, content);
        List<string> arguments = RunCommand.Arguments(config);
        if (arguments.Count > 0)
            WriteText(text, "lxc.init.cmd", LxcWords.Join(arguments, content.Context), "config.Entrypoint and config.Cmd");
        foreach (string entry in LastOfEachName(RunCommand.Environment(config, nameof(OutputKind.LxcConfig), content.Context)))
            WriteText(text, "lxc.environment", entry, "config.Env");
        if (RunCommand.Directory(config) is { } directory)
            WriteDirectory(text, directory, content);
        if (config.User is not null)
            WriteUser(text, users.Find(config.User));
        Write(text, "lxc.signal.halt", StopSignals.Normalise(config.StopSignal));
        WriteComments(text, config);
    }

    /// <summary>LXC does not start a container whose architecture it does not know; without a line it takes the machine's.</summary>
    private static void WriteArchitecture(StreamWriter text, OutputContent content)
    {
        if (ArchitectureOf(content.Platform.Normalise()) is { } architecture)
            Write(text, "lxc.arch", architecture);
        else
            content.Context.Log.Normal($"LxcConfig says nothing of the image's architecture ({SafeText.Show(content.Platform.ToString())}), because not every LXC knows it.");
    }

    /// <summary>The names that LXC 5.0 and 6.0 know.</summary>
    private static string? ArchitectureOf(OciPlatform platform) => platform.Architecture switch
    {
        "amd64" => "x86_64",
        "386" => "i686",
        "arm64" => "aarch64",
        "arm" => platform.Variant == "v5" ? "armel" : "armhf",
        "mips" => "mips",
        "mipsle" => "mipsel",
        "mips64" => "mips64",
        "mips64le" => "mips64el",
        "ppc64" => "ppc64",
        "ppc64le" => "ppc64le",
        "riscv64" => "riscv64",
        "s390x" => "s390x",
        _ => null,
    };

    /// <summary>LXC itself would let the last entry of a name win as well. So a reader sees one line for each variable.</summary>
    private static List<string> LastOfEachName(List<string> entries)
    {
        Dictionary<string, string> last = new(StringComparer.Ordinal);
        foreach (string entry in entries)
            last[NameOf(entry)] = entry;
        List<string> lasting = new(last.Count);
        foreach (string entry in entries)
        {
            if (last.Remove(NameOf(entry), out string? wins))
                lasting.Add(wins);
        }
        return lasting;

        static string NameOf(string entry) => entry[..entry.IndexOf('=', StringComparison.Ordinal)];
    }

    /// <summary>docker, runc and LXC 6 make a directory that is not there. LXC 5 does not start the container.</summary>
    private static void WriteDirectory(StreamWriter text, string directory, OutputContent content)
    {
        WriteText(text, "lxc.init.cwd", directory, "config.WorkingDir");
        if (TreePaths.Find(content.Tree, Encoding.UTF8.GetBytes(directory), content.Context) is not { Kind: EntryKind.Directory })
            RunErrors.WarnNoDirectory(content.Context.Log, directory);
    }

    private static void WriteUser(StreamWriter text, RunUser user)
    {
        Write(text, "lxc.init.uid", user.Uid.ToString(CultureInfo.InvariantCulture));
        Write(text, "lxc.init.gid", user.Gid.ToString(CultureInfo.InvariantCulture));
        if (user.Groups.Count > 0)
            Write(text, "lxc.init.groups", string.Join(',', user.Groups));
    }

    private static void WriteComments(StreamWriter text, RootfsImageConfig config)
    {
        foreach (string volume in config.Volumes)
            text.WriteLine($"# volume {SafeText.Escape(Encoding.UTF8.GetBytes(volume))}{MountOf(volume)}");
        foreach (string port in config.ExposedPorts)
            text.WriteLine($"# port {SafeText.Escape(Encoding.UTF8.GetBytes(port))}");
    }

    /// <summary>
    /// A line to copy for a volume, in the form of fstab(5). There is none for a path that a reader might take for another one: with
    /// <c>..</c>, or with a character that does not show.
    /// </summary>
    private static string MountOf(string volume)
    {
        string path = volume.Trim('/');
        bool isPlain = path.Length > 0 && SafeText.Escape(Encoding.UTF8.GetBytes(volume)) == volume && Array.IndexOf(path.Split('/'), "..") < 0;
        return isPlain ? $": lxc.mount.entry = /host/path {path.Replace("\\", "\\134", StringComparison.Ordinal).Replace(" ", "\\040", StringComparison.Ordinal)} none bind,create=dir 0 0" : "";
    }

    private static void WriteText(StreamWriter text, string key, string value, string member)
    {
        RunCommand.Refuse(value, "\n\r\0", "no line feed, no carriage return and no NUL", nameof(OutputKind.LxcConfig), member);
        Write(text, key, $"\"{value}\"");
    }

    private static void Write(StreamWriter text, string key, string value)
    {
        text.Write(key);
        text.Write(" = ");
        text.WriteLine(value);
    }
}
