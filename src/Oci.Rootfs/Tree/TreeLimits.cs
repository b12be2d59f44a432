using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>
/// What one image's names may cost, counted over all its layers: one object an image, shared by every <see cref="LayerTableBuilder"/>
/// and the merge.
/// </summary>
/// <remarks>Not safe for several threads at once, like the <see cref="PathTable"/> that it watches.</remarks>
internal sealed class TreeLimits(RootfsLimits limits)
{
    /// <summary>Charged for each extended attribute beyond its bytes: a million empty ones cost memory too.</summary>
    private const int XattrOverhead = 64;

    /// <summary>Resolutions at the limit that an image may have; honest ones resolve short links, and each directory once.</summary>
    private const long FullResolutions = 1024;

    private long _dataBytes;
    private int _rows;
    private long _linkSteps;

    public int MaxPathDepth => limits.MaxPathDepth;

    public int MaxResolutionSteps => limits.MaxResolutionSteps;

    /// <summary>To be called after paths were added.</summary>
    public void CheckPaths(PathTable paths)
    {
        if (paths.Count > limits.MaxNodes)
            throw TreeErrors.TooManyNodes(limits.MaxNodes);
        CheckBytes(paths);
    }

    public void AddRow()
    {
        if (++_rows > limits.MaxNodes)
            throw TreeErrors.TooManyEntries(limits.MaxNodes);
    }

    public void AddLinkTarget(PathTable paths, int length)
    {
        _dataBytes += length;
        CheckBytes(paths);
    }

    public void AddXattr(PathTable paths, int nameLength, int valueLength)
    {
        _dataBytes += (long)nameLength + valueLength + XattrOverhead;
        CheckBytes(paths);
    }

    /// <summary>
    /// False when all resolutions together have gone too far. One resolution's steps are bounded, but a link that is replaced over and
    /// over would have the same long way walked for each entry.
    /// </summary>
    public bool TryLinkSteps(int steps) => (_linkSteps += steps) <= MaxLinkSteps;

    public long MaxLinkSteps => FullResolutions * limits.MaxResolutionSteps;

    private void CheckBytes(PathTable paths)
    {
        if (paths.NameBytes + _dataBytes > limits.MaxNameBytes)
            throw TreeErrors.TooManyNameBytes(limits.MaxNameBytes);
    }
}
