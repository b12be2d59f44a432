namespace Oci.Build.Tasks.PackageTests.Harness;

/// <summary>A user's project in a directory of its own. The settings of this repository do not reach it.</summary>
internal sealed class UserProject : IDisposable
{
    private readonly PackedPackage _package;

    public UserProject(PackedPackage package)
    {
        _package = package;
        Directory = System.IO.Directory.CreateTempSubdirectory("oci-build-tasks-user-").FullName;
        Write("nuget.config", $"""<configuration><packageSources><add key="packed" value="{package.Feed}" /></packageSources></configuration>""");
        Write("Directory.Build.props", $"<Project><PropertyGroup><RestorePackagesPath>{package.PackagesFolder}</RestorePackagesPath></PropertyGroup></Project>");
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
        Write(".editorconfig", "root = true\n");
    }

    public string Directory { get; }

    public string PathOf(string path) => Path.Combine(Directory, path);

    public string Write(string path, string content)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), content);
        return PathOf(path);
    }

    /// <summary>The usual appliance: a project without C#.</summary>
    public UserProject NoTargets(string body, string frameworks = "<TargetFramework>net10.0</TargetFramework>", string name = "app.csproj") =>
        Project(name, "Microsoft.Build.NoTargets/3.7.0", frameworks, body);

    public UserProject CSharp(string body, string name = "app.csproj")
    {
        Write("Class.cs", "public static class Class;\n");
        return Project(name, "Microsoft.NET.Sdk", "<TargetFramework>net10.0</TargetFramework>", body);
    }

    /// <summary>Adds the sample's image, by default as <c>images/app</c>.</summary>
    public UserProject WithImage(string path = "images/app")
    {
        foreach (string file in System.IO.Directory.EnumerateFiles(PackedPackage.SampleImage, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(PathOf(path), Path.GetRelativePath(PackedPackage.SampleImage, file));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return this;
    }

    public Run Dotnet(params string[] arguments) => Run.Dotnet(Directory, arguments);

    public Run Build(params string[] arguments) => Dotnet(["build", "-nodeReuse:false", .. arguments]);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private UserProject Project(string name, string sdk, string frameworks, string body)
    {
        Write(name, $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                {frameworks}
                <OciPlatform>linux/amd64</OciPlatform>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Oci.Build.Tasks" Version="{_package.Version}" PrivateAssets="all" />
              </ItemGroup>
              {body}
            </Project>
            """);
        return this;
    }
}
