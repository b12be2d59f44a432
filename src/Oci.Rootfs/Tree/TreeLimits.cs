using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Counts the cost of one image's names over all its layers. Each image has one object, which every <see cref="LayerTableBuilder"/> and the
/// merge share.
/// </summary>
/// <remarks>Used under the lock of the <see cref="PathTable"/> whose paths it counts.</remarks>
internal sealed class TreeLimits(RootfsLimits limits)
{
    /// <summary>The cost of an extended attribute beyond its bytes: a million empty ones take memory too.</summary>
    private const int XattrOverhead = 64;

    /// <summary>
    /// An image may have this many resolutions of the greatest length. An honest image has short links, and resolves each directory once.
    /// </summary>
    private const long FullResolutions = 1024;

    private long _dataBytes;
    private int _rows;
    private long _linkSteps;

    public int MaxPathDepth => limits.MaxPathDepth;

    public int MaxResolutionSteps => limits.MaxResolutionSteps;

    /// <summary>Call this after paths were added.</summary>
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
    /// False when all resolutions together took too many steps. One resolution's steps are bounded, but an image could replace a link over
    /// and over, and so have the same long route walked for each entry.
    /// </summary>
    public bool TryLinkSteps(int steps) => (_linkSteps += steps) <= MaxLinkSteps;

    public long MaxLinkSteps => FullResolutions * limits.MaxResolutionSteps;

    private void CheckBytes(PathTable paths)
    {
        if (paths.NameBytes + _dataBytes > limits.MaxNameBytes)
            throw TreeErrors.TooManyNameBytes(limits.MaxNameBytes);
    }
}
