using System.IO.Compression;
using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

/// <summary>
/// The package in other versions of MSBuild than the SDK's. A program of its own hosts each, in the .NET that the version is made for.
/// </summary>
public sealed class HostedMSBuildTests(PackedPackage package) : IDisposable
{
    private const string Tree = "bin/rootfs/app";

    private readonly UserProject _project = new(package);

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("18.9.6", "net10.0")]
    [InlineData("18.12.2", "net11.0")]
    public void A_build_a_listing_and_a_clean_work(string version, string framework)
    {
        MSBuildHost host = new(_project, version, framework);
        string project = Appliance(host);

        Run first = host.Build(project, "ExtractOciRootfs", "ListOciImages").MustSucceed();
        Assert.True(File.Exists(_project.PathOf(Tree + "/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("obj/oci/app.mtree")));
        Assert.Contains("would be extracted", first.Output, StringComparison.Ordinal);

        Run second = host.Build(project, "ExtractOciRootfs").MustSucceed();
        Assert.Contains("is up to date", second.Output, StringComparison.Ordinal);

        host.Build(project, "CleanOciRootfs").MustSucceed();
        Assert.All([Tree, "bin/rootfs/.app.oci", "bin/rootfs/app.config.json", "obj/oci/app.mtree"], path => Assert.False(Path.Exists(_project.PathOf(path)), path));
    }

    [Fact]
    public void An_MSBuild_that_is_too_old_is_told_before_it_loads_a_task()
    {
        MSBuildHost host = new(_project, "17.11.48", "net10.0");

        Run build = host.Build(Appliance(host), "ExtractOciRootfs").MustFail("OCI7008");

        Assert.Contains("needs MSBuild 18.0 (.NET SDK 10.0.100) or later: found 17.11.48", build.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("MSB4", build.Output.Replace("MSB4010", "", StringComparison.Ordinal).Replace("MSB4196", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.PathOf("bin")));
    }

    private string Appliance(MSBuildHost host)
    {
        ZipFile.ExtractToDirectory(package.File, _project.PathOf("package"));
        return _project.WithImage().Write("appliance.proj", $"""
            <Project>
              <PropertyGroup>
                <OutDir>bin/</OutDir>
                <IntermediateOutputPath>obj/</IntermediateOutputPath>
              </PropertyGroup>
              <ItemGroup>
                <OciImage Include="images/app" Platform="linux/amd64" />
              </ItemGroup>
              <UsingTask TaskName="Host.Error" AssemblyFile="{host.Program}" />
              <UsingTask TaskName="Host.Delete" AssemblyFile="{host.Program}" />
              <UsingTask TaskName="Host.Message" AssemblyFile="{host.Program}" />
              <Import Project="package/build/Oci.Build.Tasks.props" />
              <Import Project="package/build/Oci.Build.Tasks.targets" />
            </Project>
            """);
    }
}
