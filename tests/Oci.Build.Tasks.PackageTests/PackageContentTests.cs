using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

/// <summary>The package as the gallery and its users see it.</summary>
public sealed partial class PackageContentTests(PackedPackage package)
{
    private const string Home = "https://github.com/oci-build-tasks/oci-build-tasks";
    private const long MostBytes = 6_000_000;

    private static readonly string[] Assemblies = ["ICSharpCode.SharpZipLib.dll", "Oci.Build.Tasks.dll", "Oci.Rootfs.dll", "ZstdSharp.dll"];

    [Fact]
    public void The_package_holds_the_tasks_the_build_files_and_nothing_else()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.File);

        IEnumerable<string> files = archive.Entries.Select(static e => e.FullName).Where(static n => !n.StartsWith("_rels/", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal));
        string[] expected =
        [
            "LICENSE", "Oci.Build.Tasks.nuspec", "README.md", "THIRD-PARTY-NOTICES.txt", "[Content_Types].xml",
            "build/Oci.Build.Tasks.props", "build/Oci.Build.Tasks.targets",
            "buildMultiTargeting/Oci.Build.Tasks.props", "buildMultiTargeting/Oci.Build.Tasks.targets",
            "icon.png", .. Tasks(""), .. Tasks("linux-x64/"), .. Tasks("linux-arm64/"),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));

        static IEnumerable<string> Tasks(string machine) => Assemblies.Append("Oci.Build.Tasks.deps.json").Select(file => $"tasks/net10.0/{machine}{file}");
    }

    [Fact]
    public void It_is_as_small_as_the_README_says() => Assert.InRange(new FileInfo(package.File).Length, 0, MostBytes);

    // The values of Machine in an image with native code for Linux: the machine's, XORed with a mark of the system.
    [Theory]
    [InlineData("", (ushort)Machine.I386, false)]
    [InlineData("linux-x64/", (ushort)Machine.Amd64 ^ 0x7B79, true)]
    [InlineData("linux-arm64/", (ushort)Machine.Arm64 ^ 0x7B79, true)]
    public void There_is_code_for_any_machine_and_native_code_for_the_common_ones(string directory, int machine, bool isNative)
    {
        using ZipArchive archive = ZipFile.OpenRead(package.File);
        foreach (string assembly in Assemblies)
        {
            using PEReader reader = new(Bytes(archive, $"tasks/net10.0/{directory}{assembly}"));

            Assert.Equal(machine, (ushort)reader.PEHeaders.CoffHeader.Machine);
            Assert.Equal(isNative, reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
        }
    }

    [Fact]
    public void The_gallery_shows_who_made_it_of_what_and_under_which_licence()
    {
        XElement metadata = Metadata();
        string? Value(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;

        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("icon.png", Value("icon"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal(Home, Value("projectUrl"));
        Assert.Equal($"{Home}/blob/main/docs/changelog.md", Value("releaseNotes"));
        Assert.InRange(Value("description")!.Length, 1, 4000);
        Assert.NotEqual("", Value("title"));
        Assert.NotEqual("", Value("tags"));
        XElement repository = metadata.Elements().Single(static e => e.Name.LocalName == "repository");
        Assert.Equal(("git", Home), (repository.Attribute("type")!.Value, repository.Attribute("url")!.Value));
        Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")!.Value);
    }

    [Fact]
    public void Nobody_who_uses_it_gets_a_dependency()
    {
        XElement metadata = Metadata();

        Assert.DoesNotContain(metadata.Elements(), static e => e.Name.LocalName is "dependencies" or "frameworkReferences" or "frameworkAssemblies" or "contentFiles");
        Assert.Equal("true", metadata.Elements().Single(static e => e.Name.LocalName == "developmentDependency").Value);
    }

    [Fact]
    public void The_README_leads_only_to_absolute_addresses_and_into_itself()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.File);
        using StreamReader reader = new(Bytes(archive, "README.md"));

        string[] links = [.. Link().Matches(reader.ReadToEnd()).Select(static m => m.Groups[1].Value)];

        Assert.NotEmpty(links);
        Assert.All(links, static link => Assert.Matches("^(https://|#)", link));
    }

    [Fact]
    public void The_README_and_the_samples_name_the_version_that_is_packed()
    {
        string version = XDocument.Load(Path.Combine(PackedPackage.Repository, "Directory.Build.props")).Descendants("Version").Single().Value;
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(PackedPackage.Repository, "samples"), "*.csproj", SearchOption.AllDirectories)
            .Append(Path.Combine(PackedPackage.Repository, "README.md"));

        string[] named = [.. files.SelectMany(static file => Reference().Matches(File.ReadAllText(file))).Select(static m => m.Groups[1].Value)];

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Equal(version, name));
        Assert.Contains($"\n## {version}\n", File.ReadAllText(Path.Combine(PackedPackage.Repository, "docs", "changelog.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_sources_in_another_directory_give_the_same_bytes()
    {
        DirectoryInfo elsewhere = Directory.CreateTempSubdirectory("oci-build-tasks-clone-");
        try
        {
            // The SDK's own mapping of paths fails at an apostrophe.
            string clone = Path.Combine(elsewhere.FullName, "user's clöne");
            Run.Command("git", elsewhere.FullName, "clone", "-q", PackedPackage.Repository, clone).MustSucceed();
            // The checkout may differ from its commit.
            foreach (string file in (string[])[.. Git("diff", "--name-only", "-z", "HEAD"), .. Git("ls-files", "-z", "--others", "--exclude-standard")])
                Copy(Path.Combine(PackedPackage.Repository, file), Path.Combine(clone, file));

            string feed = Path.Combine(elsewhere.FullName, "feed");
            package.Pack(clone, feed);

            Assert.Equal(Contents(package.File), Contents(package.FileIn(feed)));
            Assert.True(File.ReadAllBytes(package.File).AsSpan().SequenceEqual(File.ReadAllBytes(package.FileIn(feed))));
        }
        finally
        {
            elsewhere.Delete(recursive: true);
        }
    }

    private static string[] Git(params string[] arguments) =>
        Run.Command("git", PackedPackage.Repository, arguments).MustSucceed().Output.Trim().Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (File.Exists(from))
            File.Copy(from, to, overwrite: true);
        else
            File.Delete(to);
    }

    private static Dictionary<string, (uint Crc, DateTimeOffset Time)> Contents(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        return archive.Entries.ToDictionary(static e => e.FullName, static e => (e.Crc32, e.LastWriteTime));
    }

    private XElement Metadata()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.File);
        return XDocument.Load(Bytes(archive, "Oci.Build.Tasks.nuspec")).Root!.Elements().Single();
    }

    private static MemoryStream Bytes(ZipArchive archive, string name)
    {
        MemoryStream bytes = new();
        using (Stream stream = archive.GetEntry(name)!.Open())
            stream.CopyTo(bytes);
        bytes.Position = 0;
        return bytes;
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("PackageReference Include=\"Oci.Build.Tasks\" Version=\"([^\"]+)\"")]
    private static partial Regex Reference();
}
