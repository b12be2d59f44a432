using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using System.Xml.Linq;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>
/// The tasks need nothing of MSBuild that its oldest version does not have in which the targets let them run. The runtime itself says so: it
/// binds every type and member that the tasks name to the assemblies of that version.
/// </summary>
public sealed class LeastMSBuildTests
{
    /// <summary>The assemblies of the oldest version, from its packages.</summary>
    private static readonly string OldAssemblies = Path.Combine(AppContext.BaseDirectory, "least-msbuild");

    [Fact]
    public void It_is_the_version_that_the_targets_ask_for()
    {
        XDocument targets = XDocument.Load(Path.Combine(TestProject.Package, "build", "Oci.Build.Tasks.targets"));
        string asked = targets.Descendants("_OciLeastMSBuild").Single().Value;

        string version = FileVersion("Microsoft.Build.Framework.dll");
        Assert.StartsWith(asked + ".", version, StringComparison.Ordinal);
        Assert.Equal(version, FileVersion("Microsoft.Build.Utilities.Core.dll"));
    }

    [Fact]
    public void It_has_every_type_and_member_that_the_tasks_name()
    {
        Assembly tasks = new OldMSBuild().LoadFromAssemblyPath(TestProject.TaskAssembly);
        using PEReader file = new(File.OpenRead(TestProject.TaskAssembly));
        MetadataReader metadata = file.GetMetadataReader();

        List<TypeReferenceHandle> types = [.. metadata.TypeReferences.Where(type => IsMSBuilds(metadata, type))];
        List<MemberReferenceHandle> members = [.. metadata.MemberReferences.Where(member => IsMSBuilds(metadata, member))];

        // An empty list would prove nothing.
        Assert.Contains("ITaskItem2", types.Select(type => metadata.GetString(metadata.GetTypeReference(type).Name)));
        Assert.Contains("LogError", members.Select(member => metadata.GetString(metadata.GetMemberReference(member).Name)));
        Module module = tasks.ManifestModule;
        Assert.All(types, type => Assert.True(OldMSBuild.Has(module.ResolveType(MetadataTokens.GetToken(type)).Assembly)));
        Assert.All(members, member => Assert.True(OldMSBuild.Has(module.ResolveMember(MetadataTokens.GetToken(member))!.Module.Assembly) || IsRuntimes(module, member)));
        // Base classes, interfaces and what they want implemented.
        Assert.NotEmpty(tasks.GetTypes());
    }

    [Theory]
    [InlineData("Oci.Build.Tasks.dll")]
    [InlineData("Oci.Rootfs.dll")]
    public void No_newer_assembly_of_it_is_referenced_and_none_by_the_engine(string assembly)
    {
        using PEReader file = new(File.OpenRead(Path.Combine(Path.GetDirectoryName(TestProject.TaskAssembly)!, assembly)));
        MetadataReader metadata = file.GetMetadataReader();

        AssemblyName[] referenced = [.. metadata.AssemblyReferences.Select(reference => metadata.GetAssemblyReference(reference).GetAssemblyName())];
        AssemblyName[] msbuilds = [.. referenced.Where(static name => name.Name!.StartsWith("Microsoft.Build", StringComparison.Ordinal))];

        Assert.Equal(assembly == "Oci.Rootfs.dll" ? 0 : 2, msbuilds.Length);
        Assert.All(msbuilds, static name => Assert.True(name.Version <= AssemblyName.GetAssemblyName(Path.Combine(OldAssemblies, name.Name + ".dll")).Version, name.FullName));
    }

    private static string FileVersion(string assembly) =>
        System.Diagnostics.FileVersionInfo.GetVersionInfo(Path.Combine(OldAssemblies, assembly)).FileVersion!;

    /// <summary>Such as a member that TaskItem inherits from Object.</summary>
    private static bool IsRuntimes(Module module, MemberReferenceHandle member) =>
        module.ResolveMember(MetadataTokens.GetToken(member))!.Module.Assembly == typeof(object).Assembly;

    private static bool IsMSBuilds(MetadataReader metadata, MemberReferenceHandle member) =>
        metadata.GetMemberReference(member).Parent is { Kind: HandleKind.TypeReference } parent && IsMSBuilds(metadata, (TypeReferenceHandle)parent);

    private static bool IsMSBuilds(MetadataReader metadata, TypeReferenceHandle type)
    {
        EntityHandle scope = metadata.GetTypeReference(type).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsMSBuilds(metadata, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name).StartsWith("Microsoft.Build", StringComparison.Ordinal),
            _ => false,
        };
    }

    /// <summary>A place beside the SDK's MSBuild, in which the tasks get the old one.</summary>
    private sealed class OldMSBuild() : AssemblyLoadContext("least MSBuild")
    {
        public static bool Has(Assembly assembly) => Path.GetDirectoryName(assembly.Location) == OldAssemblies;

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string[] places = [OldAssemblies, Path.GetDirectoryName(TestProject.TaskAssembly)!];
            string? file = places.Select(place => Path.Combine(place, assemblyName.Name + ".dll")).FirstOrDefault(File.Exists);
            return file is null ? null : LoadFromAssemblyPath(file);
        }
    }
}
