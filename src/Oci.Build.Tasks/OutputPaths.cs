using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Checks the project's input and output paths. Two outputs with one path would overwrite each other on every build. The engine replaces a
/// tree as a whole, so nothing else may be inside it: no other tree, no config file, and not the image itself.
/// </summary>
internal sealed class OutputPaths
{
    private readonly List<OutputPath> _paths = [];

    /// <param name="Image">The image as the user wrote it.</param>
    /// <param name="Output">The metadata's name.</param>
    /// <param name="Path">Absolute and canonical, no separator at the end.</param>
    private sealed record OutputPath(string Image, string Output, string Path)
    {
        public override string ToString() => $"{Output} '{SafeText.Show(Path)}'";
    }

    public const string Image = "Image";
    public const string RootfsDirectory = "RootfsDirectory";

    /// <summary>The metadata and parameters that name an output path.</summary>
    public static IReadOnlyList<string> Outputs { get; } = [RootfsDirectory, .. OutputKind.All.Select(static kind => kind.Name)];

    public void Add(string image, RootfsRequest request)
    {
        Add(image, Image, request.Image.Path);
        Add(image, RootfsDirectory, request.RootfsDirectory);
        foreach (RequestedOutput output in request.Outputs)
            Add(image, output.Kind.Name, Path.TrimEndingDirectorySeparator(output.Path));
    }

    public void Add(string image, string output, string path) => _paths.Add(new OutputPath(image, output, path));

    /// <returns>One error for each output that is in the way of another, with the output's image.</returns>
    public IEnumerable<OciException> Clashes()
    {
        Dictionary<string, OutputPath> taken = new(StringComparer.Ordinal);
        Dictionary<string, OutputPath> trees = new(StringComparer.Ordinal);
        foreach (OutputPath output in _paths.Where(static p => p.Output == RootfsDirectory))
            trees.TryAdd(output.Path, output);
        foreach (OutputPath output in _paths)
        {
            if (output.Output != Image && !taken.TryAdd(output.Path, output))
                yield return BuildErrors.SamePlace(output.ToString(), Describe(taken[output.Path])).At(image: SafeText.Show(output.Image));
            else if (TreeAround(trees, output) is { } tree)
                yield return BuildErrors.InsideTree(output.ToString(), Describe(tree)).At(image: SafeText.Show(output.Image));
        }
    }

    private static string Describe(OutputPath output) => $"{output.Output} '{SafeText.Show(output.Path)}' of '{SafeText.Show(output.Image)}'";

    private static OutputPath? TreeAround(Dictionary<string, OutputPath> trees, OutputPath output)
    {
        string? path = output.Output == RootfsDirectory ? Path.GetDirectoryName(output.Path) : output.Path;
        for (; path is not null; path = Path.GetDirectoryName(path))
        {
            if (trees.TryGetValue(path, out OutputPath? tree))
                return tree;
        }
        return null;
    }
}
