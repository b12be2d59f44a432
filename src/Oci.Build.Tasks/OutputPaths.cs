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
    private string _image = "";
    private int _items;

    /// <param name="Item">Tells two items of one image apart.</param>
    /// <param name="Image">The image as the user wrote it.</param>
    /// <param name="Output">The metadata's name.</param>
    /// <param name="Path">Absolute and canonical, no separator at the end.</param>
    private sealed record OutputPath(int Item, string Image, string Output, string Path)
    {
        public override string ToString() => $"{Output} '{SafeText.Show(Path)}'";
    }

    public const string Image = "Image";
    public const string RootfsDirectory = "RootfsDirectory";

    /// <summary>Adds the paths of a single image.</summary>
    public void Add(string image, RootfsRequest request)
    {
        Begin(image);
        if (request.Image.Registry is null)
            Add(Image, request.Image.Location);
        if (request.RootfsDirectory is not null)
            Add(RootfsDirectory, request.RootfsDirectory);
        foreach (RequestedOutput output in request.Outputs)
            Add(output.Kind.Name, Path.TrimEndingDirectorySeparator(output.Path));
    }

    /// <summary>Begins an item. The paths that follow are its own.</summary>
    /// <param name="image">The image as the user wrote it.</param>
    public void Begin(string image)
    {
        _image = image;
        _items++;
    }

    public void Add(string output, string path) => _paths.Add(new OutputPath(_items, _image, output, path));

    /// <returns>
    /// One error for each two items of which one is in the way of the other: one mistake is behind all their outputs that clash, such as
    /// two images of one name.
    /// </returns>
    public IEnumerable<OciException> Clashes()
    {
        List<Clash> clashes = [];
        foreach (Clash clash in AllClashes())
        {
            if (clashes.Find(clash.IsOfSameItems) is { } first)
                first.Others.Add(clash.Output.Output);
            else
                clashes.Add(clash);
        }
        return clashes.Select(static clash => clash.ToError());
    }

    private IEnumerable<Clash> AllClashes()
    {
        Dictionary<string, OutputPath> taken = new(StringComparer.Ordinal);
        Dictionary<string, OutputPath> trees = new(StringComparer.Ordinal);
        foreach (OutputPath output in _paths.Where(static p => p.Output == RootfsDirectory))
            trees.TryAdd(output.Path, output);
        foreach (OutputPath output in _paths)
        {
            if (output.Output != Image && !taken.TryAdd(output.Path, output))
                yield return new Clash(output, taken[output.Path], IsInside: false);
            else if (TreeAround(trees, output) is { } tree)
                yield return new Clash(output, tree, IsInside: true);
        }
    }

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

    /// <param name="Output">The output that is in the way.</param>
    /// <param name="With">The output that has this place, or the tree around it.</param>
    /// <param name="IsInside">Whether the output lies inside the tree.</param>
    private sealed record Clash(OutputPath Output, OutputPath With, bool IsInside)
    {
        /// <summary>More outputs of the same item that clash with the same other one.</summary>
        public List<string> Others { get; } = [];

        public bool IsOfSameItems(Clash other) => (Output.Item, With.Item) == (other.Output.Item, other.With.Item);

        public OciException ToError()
        {
            string with = $"{With} of '{SafeText.Show(With.Image)}'";
            OciException error = IsInside ? BuildErrors.InsideTree(Output.ToString(), with, Others) : BuildErrors.SamePlace(Output.ToString(), with, Others);
            return error.At(image: SafeText.Show(Output.Image));
        }
    }
}
