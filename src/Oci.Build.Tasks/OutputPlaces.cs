using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Who writes where. Two outputs in one place would overwrite each other on every build, and a tree, which is replaced as a whole,
/// would take with it whatever else were inside: another tree, a config file, or the image that it is made of.
/// </summary>
internal sealed class OutputPlaces
{
    private readonly List<Place> _places = [];

    /// <param name="Image">The image as the user wrote it.</param>
    /// <param name="Output">The metadata's name.</param>
    /// <param name="Path">Absolute and canonical, no separator at the end.</param>
    private sealed record Place(string Image, string Output, string Path)
    {
        public override string ToString() => $"{Output} '{SafeText.Show(Path)}'";
    }

    public const string Image = "Image";
    public const string RootfsDirectory = "RootfsDirectory";

    /// <summary>The metadata and parameters that say where something is written.</summary>
    public static IReadOnlyList<string> Outputs { get; } = [RootfsDirectory, "ConfigJson", "ConfigProps", "Mtree"];

    public void Add(string image, RootfsRequest request)
    {
        Add(image, Image, request.Image.Path);
        foreach ((string output, string? path) in Outputs.Zip<string, string?>([request.RootfsDirectory, request.ConfigJson, request.ConfigProps, request.Mtree]))
        {
            if (path is not null)
                Add(image, output, Path.TrimEndingDirectorySeparator(path));
        }
    }

    public void Add(string image, string output, string path) => _places.Add(new Place(image, output, path));

    /// <returns>One error for each output that is in the way of another, with the image it belongs to.</returns>
    public IEnumerable<OciException> Clashes()
    {
        Dictionary<string, Place> taken = new(StringComparer.Ordinal);
        Dictionary<string, Place> trees = new(StringComparer.Ordinal);
        foreach (Place place in _places.Where(static p => p.Output == RootfsDirectory))
            trees.TryAdd(place.Path, place);
        foreach (Place place in _places)
        {
            if (place.Output != Image && !taken.TryAdd(place.Path, place))
                yield return BuildErrors.SamePlace(place.ToString(), Describe(taken[place.Path])).At(image: SafeText.Show(place.Image));
            else if (TreeAround(trees, place) is { } tree)
                yield return BuildErrors.InsideTree(place.ToString(), Describe(tree)).At(image: SafeText.Show(place.Image));
        }
    }

    private static string Describe(Place place) => $"{place.Output} '{SafeText.Show(place.Path)}' of '{SafeText.Show(place.Image)}'";

    private static Place? TreeAround(Dictionary<string, Place> trees, Place place)
    {
        string? path = place.Output == RootfsDirectory ? Path.GetDirectoryName(place.Path) : place.Path;
        for (; path is not null; path = Path.GetDirectoryName(path))
        {
            if (trees.TryGetValue(path, out Place? tree))
                return tree;
        }
        return null;
    }
}
