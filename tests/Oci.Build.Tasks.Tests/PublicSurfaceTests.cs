using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>Users write these names in their projects, so they are our public API. A change needs a change of PublicSurface.txt.</summary>
public sealed partial class PublicSurfaceTests
{
    [Fact]
    public void The_surface_is_what_PublicSurface_txt_says()
    {
        string[] expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "PublicSurface.txt"));
        string[] actual = Surface();
        // A developer copies this file when the change is intended.
        File.WriteAllLines(Path.Combine(AppContext.BaseDirectory, "PublicSurface.actual.txt"), actual);

        Assert.Equal([], actual.Except(expected));
        Assert.Equal([], expected.Except(actual));
    }

    [Fact]
    public void Nothing_but_tasks_is_public() =>
        Assert.All(typeof(ExtractOciRootfs).Assembly.GetExportedTypes(), static type => Assert.True(type.IsAssignableTo(typeof(ITask)), type.FullName));

    [Fact]
    public void The_metadata_that_are_known_are_those_that_the_tasks_read() =>
        Assert.Equal(Metadata().Order(StringComparer.Ordinal), ImageMetadata.Names.Select(static name => $"item OciImage.{name}").Order(StringComparer.Ordinal));

    [Fact]
    public void The_metadata_of_own_files_that_are_known_are_those_that_the_tasks_read()
    {
        AskedItem file = new(), directory = new(), symlink = new();
        file.Answers["TargetPath"] = "/f";
        AskedItem link = new();
        Assert.Throws<Oci.Rootfs.Errors.OciException>(() => OwnItems.Of("image", [link], [], []));
        OwnItems.Of("image", [file], [directory], [symlink]);

        Assert.Equal(OwnItems.OfFiles.Order(StringComparer.Ordinal), file.Asked.Union(link.Asked).Except(["FullPath"]).Order(StringComparer.Ordinal));
        Assert.Equal(OwnItems.OfDirectories.Order(StringComparer.Ordinal), directory.Asked.Order(StringComparer.Ordinal));
        Assert.Equal(OwnItems.OfSymlinks.Order(StringComparer.Ordinal), symlink.Asked.Order(StringComparer.Ordinal));
    }

    private static string[] Surface()
    {
        IEnumerable<string> tasks = typeof(ExtractOciRootfs).Assembly.GetExportedTypes().Where(static type => !type.IsAbstract).SelectMany(Parameters).Concat(Metadata()).Concat(OwnMetadata());
        IEnumerable<string> build = Names(Path.Combine(TestProject.Package, "build", "Oci.Build.Tasks.targets"));
        return [.. tasks.Concat(build).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Parameters(Type task)
    {
        foreach (PropertyInfo property in task.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            // Every task has the other members.
            if (property.DeclaringType!.Assembly != task.Assembly)
                continue;
            bool input = property.SetMethod?.IsPublic == true;
            bool output = property.GetCustomAttribute<OutputAttribute>() is not null;
            string direction = (input, output) switch { (true, true) => "in out", (true, false) => "in", _ => "out" };
            if (property.GetCustomAttribute<RequiredAttribute>() is not null)
                direction += " required";
            yield return $"task {task.Name}.{property.Name}: {property.PropertyType.Name} {direction}";
        }
    }

    private static IEnumerable<string> Names(string targetsFile)
    {
        XDocument targets = XDocument.Load(targetsFile);
        foreach (XElement target in targets.Descendants("Target").Where(static t => !t.Attribute("Name")!.Value.StartsWith('_')))
            yield return $"target {target.Attribute("Name")!.Value}";
        foreach (Match property in Property().Matches(string.Concat(targets.Descendants().SelectMany(static e => e.Attributes().Select(static a => a.Value + "\n").Append(e.HasElements ? "" : e.Value)))))
            yield return $"property {property.Groups["name"].Value}";
    }

    /// <summary>
    /// The metadata that a task reads from its item. The targets pass the directory as a parameter, because it tells the calls apart.
    /// </summary>
    private static IEnumerable<string> Metadata()
    {
        AskedItem item = new();
        using TestProject project = new();
        ExtractOciRootfs task = TaskEngine.Of<IBuildEngine>().Task(project, "no-such-image");
        (task.Item, task.Platform) = (item, null);
        Assert.False(task.Execute());
        // What only our own targets set begins with an underscore, as their own names do.
        return item.Asked.Where(static name => !name.StartsWith('_')).Append("RootfsDirectory").Select(static name => $"item OciImage.{name}");
    }

    private static IEnumerable<string> OwnMetadata() =>
    [
        .. OwnItems.OfFiles.Select(static name => $"item OciRootfsFile.{name}"),
        .. OwnItems.OfDirectories.Select(static name => $"item OciRootfsDirectory.{name}"),
        .. OwnItems.OfSymlinks.Select(static name => $"item OciRootfsSymlink.{name}"),
    ];

    // Our properties have our prefix or are about our subjects. The SDK has the others.
    [GeneratedRegex(@"\$\((?<name>(Oci|ExtractOci|CleanOci|SOURCE_DATE)\w+)\)")]
    private static partial Regex Property();
}
