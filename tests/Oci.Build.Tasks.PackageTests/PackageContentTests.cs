using System.IO.Compression;
using System.Xml.Linq;
using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

public sealed class PackageContentTests(PackedPackage package)
{
    [Fact]
    public void The_package_holds_the_tasks_the_build_files_and_nothing_else()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.File);

        IEnumerable<string> files = archive.Entries.Select(static e => e.FullName).Where(static n => !n.StartsWith("_rels/", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal));
        Assert.Equal(
            [
                "LICENSE", "Oci.Build.Tasks.nuspec", "README.md", "THIRD-PARTY-NOTICES.txt", "[Content_Types].xml",
                "build/Oci.Build.Tasks.props", "build/Oci.Build.Tasks.targets",
                "buildMultiTargeting/Oci.Build.Tasks.props", "buildMultiTargeting/Oci.Build.Tasks.targets",
                "icon.png", "tasks/net10.0/ICSharpCode.SharpZipLib.dll", "tasks/net10.0/Oci.Build.Tasks.deps.json", "tasks/net10.0/Oci.Build.Tasks.dll", "tasks/net10.0/Oci.Rootfs.dll", "tasks/net10.0/ZstdSharp.dll",
                "tasks/net10.0/linux-x64/ICSharpCode.SharpZipLib.dll", "tasks/net10.0/linux-x64/Oci.Build.Tasks.deps.json", "tasks/net10.0/linux-x64/Oci.Build.Tasks.dll", "tasks/net10.0/linux-x64/Oci.Rootfs.dll", "tasks/net10.0/linux-x64/ZstdSharp.dll",
            ],
            files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nobody_who_uses_it_gets_a_dependency()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.File);
        using Stream nuspec = archive.GetEntry("Oci.Build.Tasks.nuspec")!.Open();

        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        string? Value(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;

        Assert.Null(Value("dependencies"));
        Assert.Equal("true", Value("developmentDependency"));
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("icon.png", Value("icon"));
    }
}
