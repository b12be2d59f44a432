namespace Oci.Build.Tasks.PackageTests.Harness;

/// <summary>A program that builds projects in a version of MSBuild, in its own .NET: the newest versions need a newer one than the SDK's.</summary>
internal sealed class MSBuildHost
{
    // The SDK knows of no .NET that came after it, so the project says where its parts are.
    private const string Net11 = """
          <PropertyGroup>
            <NETCoreAppMaximumVersion>11.0</NETCoreAppMaximumVersion>
            <AllowMissingPrunePackageData>true</AllowMissingPrunePackageData>
          </PropertyGroup>
          <ItemGroup>
            <KnownFrameworkReference Include="Microsoft.NETCore.App" TargetFramework="net11.0" RuntimeFrameworkName="Microsoft.NETCore.App"
                                     DefaultRuntimeFrameworkVersion="11.0.0" LatestRuntimeFrameworkVersion="11.0.0"
                                     TargetingPackName="Microsoft.NETCore.App.Ref" TargetingPackVersion="11.0.0"
                                     RuntimePackNamePatterns="Microsoft.NETCore.App.Runtime.**RID**" RuntimePackRuntimeIdentifiers="linux-x64" />
            <KnownAppHostPack Include="Microsoft.NETCore.App" TargetFramework="net11.0" AppHostPackNamePattern="Microsoft.NETCore.App.Host.**RID**"
                              AppHostPackVersion="11.0.0" AppHostRuntimeIdentifiers="linux-x64" />
          </ItemGroup>
        """;

    private readonly UserProject _project;
    private readonly string _command;

    public MSBuildHost(UserProject project, string version, string framework)
    {
        _project = project;
        foreach (string source in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Host")))
            project.Write("host/" + Path.GetFileName(source), File.ReadAllText(source));
        project.Write("host/host.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{framework}</TargetFramework>
                <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
                <SelfContained>true</SelfContained>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              {(framework == "net11.0" ? Net11 : "")}
              <ItemGroup>
                <PackageReference Include="Microsoft.Build" Version="{version}" />
                <PackageReference Include="Microsoft.Build.Utilities.Core" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        project.Dotnet("build", "host/host.csproj", "-nodeReuse:false", "-o", project.PathOf("host-out")).MustSucceed();
        _command = project.PathOf("host-out/host");
    }

    /// <summary>The assembly of the program. It has those of MSBuild's own tasks that our targets use.</summary>
    public string Program => _command + ".dll";

    public Run Build(string project, params string[] targets) => Run.Command(_command, _project.Directory, [project, .. targets]);
}
