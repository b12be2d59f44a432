using System.Security.Cryptography.X509Certificates;
using Oci.Images;
using Oci.Images.Registry;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>One registry, one project and one user's store, with an environment that has nothing but what the test puts into it.</summary>
public sealed class RegistryScenario : IDisposable
{
    private readonly TempDirectory _temp = new();

    public RegistryScenario(X509Certificate2? certificate = null) => Server = new TestRegistry(certificate);

    public TestRegistry Server { get; }

    public Dictionary<string, string> Environment { get; } = [];

    public List<RootfsMessage> Messages { get; } = [];

    public string Store => this["store"];

    public string LockFile => this["project/oci.lock.json"];

    /// <summary>Short waits, so that a test of many failures does not last.</summary>
    internal RegistryTimes Times { get; init; } = new()
    {
        FirstWait = TimeSpan.FromMilliseconds(1),
        LongestWait = TimeSpan.FromMilliseconds(5),
        Stall = TimeSpan.FromSeconds(2),
        Headers = TimeSpan.FromSeconds(15),
        Connect = TimeSpan.FromSeconds(15),
    };

    public string this[string path] => _temp[path];

    public static Image App { get; } = Image.Of(
        ImageLayer.Gzip(Tars.Of(Tars.Dir("etc"), Tars.File("etc/motd", "below"), Tars.File("etc/gone", "gone"))),
        ImageLayer.Gzip(Tars.Of(Tars.File("etc/motd", "above"), Tars.Whiteout("etc/gone")))).For("linux/amd64");

    /// <summary>Adds an image to the registry as <c>app:1</c>.</summary>
    /// <returns>Its digest.</returns>
    public string Add(Image? image = null) => Server.Add("app", "1", (image ?? App).ToLayout());

    public RootfsRequest Request(string reference, Func<RegistryOptions, RegistryOptions>? change = null)
    {
        RegistryOptions options = new()
        {
            LockFile = LockFile,
            StoreDirectory = Store,
            DocumentsDirectory = this["project/obj/oci/app.image"],
            Environment = name => Environment.GetValueOrDefault(name),
            Times = Times,
        };
        return new RootfsRequest
        {
            Image = RootfsExtractor.InRegistry(reference),
            RootfsDirectory = this["project/bin/rootfs/app"],
            Name = "app",
            Outputs = [new(OutputKind.ConfigJson, this["project/bin/rootfs/app.config.json"]), new(OutputKind.Mtree, this["project/bin/rootfs/app.mtree"])],
            Platform = "linux/amd64",
            Registries = change is null ? options : change(options),
            Log = Messages.Add,
        };
    }

    /// <summary>The image <c>app:1</c>, by its tag, or with a digest.</summary>
    public string Reference(string? digest = null) => $"docker://{Server.Host}/app:1{(digest is null ? "" : "@" + digest)}";

    public RootfsResult Extract(string? digest = null, Func<RegistryOptions, RegistryOptions>? change = null) => Extract(Request(Reference(digest), change));

    public static RootfsResult Extract(RootfsRequest request) => RootfsExtractor.Extract(request, TestContext.Current.CancellationToken);

    public OciException Fails(string code, string? digest = null, Func<RegistryOptions, RegistryOptions>? change = null)
    {
        OciException e = Assert.Throws<OciException>(() => Extract(digest, change));
        Assert.True(code == e.Code, $"{code} was expected: {e.Code}: {e.Message}");
        Assert.False(Directory.Exists(this["project/bin/rootfs/app"]));
        return e;
    }

    /// <summary>Removes the project, as another machine or another project would not have it. The store stays.</summary>
    public void ForgetProject() => Directory.Delete(this["project"], recursive: true);

    public string Read(string path) => File.ReadAllText(Path.Combine(this["project/bin/rootfs/app"], path));

    /// <summary>The names of all files in the store but its own three.</summary>
    public IReadOnlyList<string> StoredFiles() => !Directory.Exists(Store) ? [] : [.. Directory.EnumerateFiles(Store, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Store, file)).Where(static file => file is not ("lock" or "CACHEDIR.TAG")).Order(StringComparer.Ordinal)];

    public string Blob(string digest) => Path.Combine(Store, "blobs", digest.Replace(':', '/'));

    public string Partial(string digest) => Path.Combine(Store, "partial", digest.Replace(':', '-'));

    /// <summary>Every text that was written anywhere: messages and files.</summary>
    public string Everything(Exception? error = null)
    {
        IEnumerable<string> files = Directory.EnumerateFiles(_temp.Path, "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(this["home"], StringComparison.Ordinal)).Select(static file => File.ReadAllText(file));
        return string.Join('\n', [.. Messages.Select(static m => m.Text), .. files, error?.ToString() ?? ""]);
    }

    /// <summary>Writes a file into the user's home, which the environment then names.</summary>
    public string WriteHome(string path, string content)
    {
        Environment["HOME"] = this["home"];
        string file = this[Path.Combine("home", path)];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }

    public void Dispose()
    {
        Server.Dispose();
        _temp.Dispose();
    }
}
