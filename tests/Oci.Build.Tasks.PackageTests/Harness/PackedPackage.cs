using Oci.Build.Tasks.PackageTests.Harness;

[assembly: AssemblyFixture(typeof(PackedPackage))]

namespace Oci.Build.Tasks.PackageTests.Harness;

/// <summary>
/// The package as users get it, in a feed of its own with a packages folder beside it. The tests pack it once, under a version that no
/// cache has.
/// </summary>
public sealed class PackedPackage : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("oci-build-tasks-package-").FullName;

    public PackedPackage()
    {
        Version = $"0.0.0-test.{Guid.NewGuid():N}";
        Feed = Path.Combine(_root, "feed");
        PackagesFolder = Path.Combine(_root, "packages");
        Pack(Repository, Feed);
    }

    public static string Repository { get; } = FindRepository();

    /// <summary>The image of the sample, for <c>linux/amd64</c>.</summary>
    public static string SampleImage { get; } = Path.Combine(Repository, "samples", "Appliance", "image", "appliance");

    public string Version { get; }

    public string Feed { get; }

    public string PackagesFolder { get; }

    public string File => FileIn(Feed);

    public string FileIn(string feed) => Path.Combine(feed, $"Oci.Build.Tasks.{Version}.nupkg");

    /// <summary>Packs as a release does.</summary>
    public void Pack(string repository, string feed) =>
        Run.Dotnet(repository, "pack", "src/Oci.Build.Tasks", "-o", feed, "-p:PackReadyToRun=true", $"-p:PackageVersion={Version}").MustSucceed();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string FindRepository()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !System.IO.File.Exists(Path.Combine(directory.FullName, "Oci.Build.Tasks.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("These tests run inside the repository.");
    }
}
