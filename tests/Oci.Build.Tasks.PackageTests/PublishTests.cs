using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

/// <summary>What <c>dotnet publish</c> takes along: archives and the files that run an image, never a tree.</summary>
public sealed class PublishTests(PackedPackage package) : IDisposable
{
    private const string Image = """
        <ItemGroup>
          <OciImage Include="images/app" RootfsArchive="$(OutDir)app.tar.zst;$(OutDir)a%3Bb.tar" LxcConfig="$(OutDir)app.lxc.conf" ImageArchive="$(OutDir)app.image.tar" RuntimeConfig="$(OutDir)config.json" RuntimeConfigRoot="rootfs" />
        </ItemGroup>
        """;

    private static readonly string[] Ours = ["a;b.tar", "app.image.tar", "app.lxc.conf", "app.tar.zst", "config.json"];

    private readonly UserProject _project = new(package);

    public void Dispose() => _project.Dispose();

    private string[] Published(string directory) => [.. Directory.EnumerateFiles(_project.PathOf(directory), "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(_project.PathOf(directory), file)).Where(static file => !file.StartsWith("app.dll", StringComparison.Ordinal) && file is not ("app.deps.json" or "app.pdb"))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Publish_takes_archives_and_configurations_along(bool csharp)
    {
        _ = csharp ? _project.WithImage().CSharp(Image) : _project.WithImage().NoTargets(Image);

        _project.Dotnet("publish", "-nodeReuse:false").MustSucceed();

        Assert.Equal(Ours, Published("bin/Release/net10.0/publish"));
        Assert.Equal(File.ReadAllBytes(_project.PathOf("bin/Release/net10.0/app.tar.zst")), File.ReadAllBytes(_project.PathOf("bin/Release/net10.0/publish/app.tar.zst")));
    }

    [Fact]
    public void A_publish_without_a_build_takes_what_the_last_build_made_wherever_it_goes()
    {
        _project.WithImage().NoTargets(Image).Build("-c", "Release").MustSucceed();

        _project.Dotnet("publish", "--no-build", "-p:PublishDir=" + _project.PathOf("there/")).MustSucceed();

        Assert.Equal(Ours, Published("there"));
    }

    [Fact]
    public void A_build_copies_nothing_and_a_property_switches_it_off()
    {
        _project.WithImage().CSharp(Image).Build("-c", "Release").MustSucceed();
        Assert.False(Directory.Exists(_project.PathOf("bin/Release/net10.0/publish")));

        _project.Dotnet("publish", "-nodeReuse:false", "-p:OciPublishArchives=false").MustSucceed();

        Assert.Empty(Published("bin/Release/net10.0/publish"));
    }

    [Fact]
    public void All_platforms_of_an_image_are_taken_along_and_files_of_one_name_have_a_directory()
    {
        _project.WithImage("images/a").WithImage("images/b").NoTargets("""
            <ItemGroup>
              <OciImage Include="images/a" Platform="all" RootfsDirectory="" RootfsArchive="$(OutDir)a.tar.gz" />
              <OciImage Include="images/b" RuntimeConfig="$(OutDir)b/config.json" />
              <OciImage Include="images/b" Name="c" RuntimeConfig="$(OutDir)c/config.json" />
            </ItemGroup>
            """);

        _project.Dotnet("publish", "-nodeReuse:false").MustSucceed();

        Assert.Equal(["a.linux-amd64.tar.gz", "b/config.json", "c/config.json"], Published("bin/Release/net10.0/publish"));
    }

    [Fact]
    public void A_file_of_the_project_s_own_is_not_replaced_without_a_word()
    {
        _project.Write("config.json", "{}");
        _project.WithImage().CSharp(Image + """<ItemGroup><None Update="config.json" CopyToPublishDirectory="Always" /></ItemGroup>""");

        _project.Dotnet("publish", "-nodeReuse:false").MustFail("NETSDK1152");
    }

    [Fact]
    public void Clean_removes_the_list()
    {
        _project.WithImage().NoTargets(Image).Build().MustSucceed();
        Assert.True(File.Exists(_project.PathOf("obj/Debug/net10.0/oci/publish.list")));

        _project.Dotnet("clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("obj/Debug/net10.0/oci")));
    }
}
