using System.Globalization;
using System.Text;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Outputs.Archive;

namespace Oci.Rootfs.Tests.Own;

/// <summary>An image, and own files on top of it.</summary>
internal sealed class OwnScenario : IDisposable
{
    public OwnScenario(params TarPart[] image) => Scenario.With(Tars.Of(image));

    public Scenario Scenario { get; } = new();

    public string Cache => Scenario["obj/own-files.json"];

    public OwnFiles Own { get; set; } = new();

    /// <summary>A file to copy from.</summary>
    public string Source(string name, string content = "own", UnixFileMode mode = (UnixFileMode)0b110_100_100)
    {
        string path = Scenario["sources/" + name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    public OwnFileNode File_(string path, string content = "own") => new() { Path = path, Source = Source(Guid.NewGuid().ToString("n"), content) };

    public static OwnDirectoryNode Dir(string path) => new() { Path = path };

    public static OwnSymlinkNode Link(string path, string target) => new() { Path = path, Target = target };

    /// <summary>
    /// The tree as its archive has it, without the root: <c>NAME TYPE MODE UID:GID</c>, then what a link points at or a file contains. It is
    /// the same with a directory and without one.
    /// </summary>
    public List<string> Tree(params OwnNode[] nodes)
    {
        Own = Own with { Nodes = nodes };
        byte[] tar = Scenario.Tar(With);
        Scenario.Extract(r => With(r.AndArchives(Scenario["with.tar"])));
        Assert.Equal(tar, File.ReadAllBytes(Scenario["with.tar"]));
        return [.. ArchiveEntry.Parse(tar).Skip(1).Select(Line)];
    }

    public RootfsRequest With(RootfsRequest request) => request with { Own = Own with { DigestCache = Cache } };

    public OciException Fails(params OwnNode[] nodes)
    {
        Own = Own with { Nodes = nodes };
        OciException error = Scenario.Fails(r => With(r.OnlyArchives(Scenario.Archive())));
        Assert.False(File.Exists(Scenario.Archive()));
        Assert.Equal(error.Code, Scenario.Fails(With).Code);
        Assert.False(Directory.Exists(Scenario.Rootfs));
        return error;
    }

    public void Dispose() => Scenario.Dispose();

    private static string Line(ArchiveEntry entry)
    {
        string text = entry.Type == '0' ? Encoding.UTF8.GetString(entry.Content) : entry.Link;
        return string.Create(CultureInfo.InvariantCulture, $"{entry.Name} {entry.Type} {Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid} {text}").TrimEnd();
    }
}
