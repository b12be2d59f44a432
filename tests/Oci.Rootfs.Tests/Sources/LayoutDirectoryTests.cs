using System.Diagnostics;
using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Sources;

public sealed class LayoutDirectoryTests : IDisposable
{
    private static readonly Image A = Image.Of(Tars.Of(Tars.File("a"))).For("linux/amd64");

    private readonly TempDirectory _directory = new();
    private readonly List<string?> _warnings = [];

    public void Dispose() => _directory.Dispose();

    private ImageSource Open(string? path = null) => ImageSources.Open(new ImageReference(path ?? _directory["i"]) { DisplayName = "i" }, new EngineContext(new RootfsLimits(), new RootfsLog(m => _warnings.Add(m.Code))), NoUnpacking);

    private static void MakeFifo(string path)
    {
        using Process process = Process.Start("mkfifo", path);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void A_path_that_does_not_exist_is_an_error()
    {
        Error("OCI1001", () => Open());
        File.WriteAllText(_directory["file"], "x");
        Error("OCI1001", () => Open(_directory["file/below"]));
        Error("OCI1001", () => Open(_directory[new string('n', 300)]));
        File.CreateSymbolicLink(_directory["loop"], "loop");
        Error("OCI1001", () => Open(_directory["loop"]));
    }

    [Fact]
    public void An_empty_file_is_an_error()
    {
        File.WriteAllText(_directory["i"], "");
        Error("OCI1004", () => Open());
    }

    [Fact]
    public void A_fifo_and_a_device_are_refused_without_waiting()
    {
        MakeFifo(_directory["i"]);
        Assert.Equal("a FIFO", Error("OCI1003", () => Open()).Found);
        Assert.Equal("a character device", Error("OCI1003", () => Open("/dev/zero")).Found);
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void An_unreadable_file_is_an_error()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root reads everything");
        File.WriteAllText(_directory["i"], "x");
        File.SetUnixFileMode(_directory["i"], UnixFileMode.None);
        Error("OCI1002", () => Open());
    }

    [Theory]
    [InlineData("index.json", "OCI1008", "oci-layout")]
    [InlineData("rootfs", "OCI1005", "etc/passwd")]
    [InlineData("docker-archive", "OCI1005", "manifest.json")]
    [InlineData("nothing", "OCI1005", "readme")]
    public void A_directory_without_an_index_is_an_error_that_says_what_it_looks_like(string what, string code, string file)
    {
        ImageLayout layout = new();
        layout.Files.Clear();
        layout.With(file, "{}").SaveDirectory(_directory["i"]);
        OciException e = Error(code, () => Open());
        Assert.Equal(what != "index.json", e.Found is not null);
    }

    [Fact]
    public void A_missing_oci_layout_file_warns_rule_99()
    {
        ImageLayout layout = A.ToLayout();
        layout.Files.Remove("oci-layout");
        layout.SaveDirectory(_directory["i"]);
        using ImageSource source = Open();
        Assert.Equal(["OCI1014"], _warnings);
    }

    [Theory]
    [InlineData("{\"imageLayoutVersion\":\"1.0.1\"}", "OCI1013")]
    [InlineData("{\"imageLayoutVersion\":\"2.0.0\"}", "OCI1013")]
    [InlineData("{}", "OCI1013")]
    [InlineData("null", "OCI1013")]
    [InlineData("{\"imageLayoutVersion\":1}", "OCI2011")]
    [InlineData("1.0.0", "OCI2010")]
    public void Another_layout_version_is_an_error_rule_99(string text, string code)
    {
        A.ToLayout().With("oci-layout", text).SaveDirectory(_directory["i"]);
        Error(code, () => Open());
    }

    [Fact]
    public void An_index_or_a_blob_that_is_a_directory_a_fifo_or_a_device_is_refused()
    {
        string blob = ImageLayout.Path(A.Digest);
        foreach (string name in (string[])["index.json", blob])
        {
            Refused(name, static path => Directory.CreateDirectory(path), "a directory");
            Refused(name, MakeFifo, "a FIFO");
            Refused(name, static path => File.CreateSymbolicLink(path, "/dev/zero"), "a character device");
        }

        void Refused(string name, Action<string> make, string found)
        {
            using TempDirectory directory = new();
            A.SaveDirectory(directory["i"]);
            File.Delete(directory["i/" + name]);
            make(directory["i/" + name]);
            using ImageSource source = Open(directory["i"]);
            OciException e = Error("OCI1010", () => Oci.Rootfs.Selection.ImageSelector.Select(source, "linux/amd64", null, new EngineContext()));
            Assert.Equal(found, e.Found);
        }
    }

    [Fact]
    public void Links_in_a_layout_directory_are_followed()
    {
        A.SaveDirectory(_directory["real"]);
        Directory.CreateDirectory(_directory["i"]);
        foreach (string name in (string[])["blobs", "index.json", "oci-layout"])
            File.CreateSymbolicLink(_directory["i/" + name], "../real/" + name);
        using ImageSource source = Open();
        Assert.Equal(A.Digest, Oci.Rootfs.Selection.ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Descriptor.Digest.ToString());
    }

    [Fact]
    public void An_index_over_the_limit_is_not_read()
    {
        A.SaveDirectory(_directory["i"]);
        using ImageSource source = ImageSources.Open(new ImageReference(_directory["i"]) { DisplayName = "i" }, new EngineContext(new RootfsLimits { MaxJsonBytes = 50 }, RootfsLog.None), NoUnpacking);
        Error("OCI4224", () => source.ReadIndex());
    }
}
