using Microsoft.Build.Evaluation;
using Microsoft.Build.Execution;
using Oci.Rootfs.Outputs.Documents;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>What MSBuild makes of a generated file that a project imports and whose items then go through a target.</summary>
internal static class PropsEvaluation
{
    private static readonly Lock OneBuildAtATime = new();

    public static List<EvaluatedItem> Evaluate(RootfsResult result, string image = "app")
    {
        using MemoryStream file = new();
        ConfigProps.Write(file, image, result);
        return Evaluate(file.ToArray());
    }

    public static List<EvaluatedItem> Evaluate(byte[] props)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("oci-props-");
        try
        {
            File.WriteAllBytes(Path.Combine(directory.FullName, "image.props"), props);
            string project = Path.Combine(directory.FullName, "user.proj");
            File.WriteAllText(project, UsersProject);
            lock (OneBuildAtATime)
                return Build(project);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private const string UsersProject = """
        <Project>
          <PropertyGroup><Evaluated>EVALUATED</Evaluated></PropertyGroup>
          <Import Project="image.props" Condition="Exists('image.props')" />
          <Target Name="Show" Returns="@(Shown)" KeepDuplicateOutputs="true">
            <ItemGroup>
              <Shown Include="@(OciImageConfig);@(OciImageEnv);@(OciImageLabel);@(OciImageExposedPort);@(OciImageVolume);@(OciImageLayer)" />
            </ItemGroup>
          </Target>
        </Project>
        """;

    private static List<EvaluatedItem> Build(string path)
    {
        using ProjectCollection projects = new();
        ProjectInstance project = new(path, new Dictionary<string, string>(), null, projects);
        List<EvaluatedItem> evaluated = [.. project.Items.Select(static i => new EvaluatedItem(i.ItemType, i.EvaluatedInclude,
            i.Metadata.ToDictionary(static m => m.Name, static m => m.EvaluatedValue), i.GetMetadataValue("FullPath")))];

        Assert.True(project.Build(["Show"], [], out IDictionary<string, TargetResult> targets));
        Assert.Equal(
            evaluated.Select(static i => (i.Identity, Text(i.Metadata))),
            targets["Show"].Items.Select(static i => (i.ItemSpec, Text(((IDictionary<string, string>)i.CloneCustomMetadata()).ToDictionary()))));
        return evaluated;
    }

    private static string Text(Dictionary<string, string> metadata) =>
        string.Join('|', metadata.OrderBy(static m => m.Key, StringComparer.Ordinal).Select(static m => m.Key + "=" + m.Value));
}

internal sealed record EvaluatedItem(string Type, string Identity, Dictionary<string, string> Metadata, string FullPath)
{
    public string this[string metadatum] => Metadata[metadatum];
}
