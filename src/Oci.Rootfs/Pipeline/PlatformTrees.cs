using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// The directory that holds an image's trees, one a platform, each with its own state file beside it. The directory has a state file too: it is ours,
/// locked while we work in it, and replaced or removed as a whole when another kind of extraction takes its place.
/// </summary>
internal sealed class PlatformTrees : IDisposable
{
    /// <summary>What stands in the directory's state file instead of a <see cref="BuildKey"/>, none of which looks like this.</summary>
    public const string Key = "platforms";

    private const string MarkSuffix = ".oci";

    private readonly DestinationLock _held;
    private readonly bool _mayWork;

    private PlatformTrees(DestinationLock held, bool mayWork)
    {
        _held = held;
        _mayWork = mayWork;
    }

    /// <summary>The request for one platform's tree: everything it writes bears the platform's name.</summary>
    public static RootfsRequest RequestFor(RootfsRequest request, PlatformImage image) => request with
    {
        RootfsDirectory = Path.Combine(request.RootfsDirectory, image.Name),
        Name = $"{request.Name}-{image.Name}",
        Platform = image.Platform.ToString(),
        ConfigJson = Insert(request.ConfigJson, image.Name),
        ConfigProps = Insert(request.ConfigProps, image.Name),
        Manifest = Insert(request.Manifest, image.Name),
    };

    /// <summary>Makes and locks the directory, and removes the trees of platforms that the image no longer has.</summary>
    /// <param name="request">The whole image's.</param>
    /// <param name="names">The platforms that it has.</param>
    /// <param name="log">For what is odd and accepted.</param>
    /// <param name="cancellation">Asked while waiting for another build.</param>
    /// <exception cref="OciException">The directory is not ours; or work were to be done that may not.</exception>
    public static PlatformTrees Open(RootfsRequest request, IReadOnlySet<string> names, RootfsLog log, CancellationToken cancellation)
    {
        bool mayWork = !request.FailIfNotUpToDate;
        DestinationLock held = DestinationLock.Take(request.RootfsDirectory, mayWork, log, cancellation) ?? throw BuildErrors.NotUpToDate(request.RootfsDirectory);
        try
        {
            return held.Do(() =>
            {
                PlatformTrees trees = new(held, mayWork);
                trees.Prepare(names, log, cancellation);
                return trees;
            });
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Removes the trees in a directory of ours, and the files that were written with them.</summary>
    public static void RemoveTrees(string directory, IReadOnlySet<string> but, RootfsLog log, CancellationToken cancellation)
    {
        foreach (string name in Names(directory).Where(n => !but.Contains(n)))
            RemoveTree(Path.Combine(directory, name), log, cancellation);
    }

    /// <summary>Where no tree came about, no directory stays either.</summary>
    public void Dispose()
    {
        if (_mayWork && Destination.Parent.Unlink(Destination.Name, directory: true) == 0)
            _held.GiveBack();
        _held.Dispose();
    }

    private Destination Destination => _held.Destination;

    private StateFile StateFile => _held.StateFile;

    private void Prepare(IReadOnlySet<string> names, RootfsLog log, CancellationToken cancellation)
    {
        DestinationGuard guard = new(Destination, StateFile);
        guard.RefuseForeign();
        Linux.StatXResult? standing = Destination.Parent.Stat(Destination.Name);
        bool ready = StateFile.Content.Key == Key && standing is { } s && StateFile.Owns(s);
        if (!_mayWork)
        {
            if (!ready || Names(Destination.ShownPath).Any(n => !names.Contains(n)))
                throw BuildErrors.NotUpToDate(Destination.ShownPath);
            return;
        }
        if (ready)
        {
            RemoveTrees(Destination.ShownPath, names, log, cancellation);
            return;
        }

        // Nothing, an empty directory, or one tree of ours where there are to be several.
        guard.RefuseForeignStaging();
        Destination.RefuseMounts();
        StateFile.Write(StateFile.Content with { Key = null });
        TreeRemover.Remove(Destination.Parent, Destination.Name, Destination.ShownPath);
        Destination.RemoveStaging();
        Make();
    }

    /// <summary>The state file names the directory before it has its name: it is never there without being ours.</summary>
    private void Make()
    {
        using DirectoryHandle directory = Destination.MakePrivate(Destination.StagingName);
        StateFile.Write(new StateContent(Key, [StateFile.Identity(directory.StatSelf() ?? throw DiskErrors.Changed(Destination.StagingName))], 0, [], []));
        if (Linux.EffectiveUserId() != 0)
            _ = Linux.Chmod(directory.Fd, 0x1ED);
        if (Destination.Parent.Rename(Destination.StagingName, Destination.Parent, Destination.Name) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making the directory of the platforms' trees", Encoding.UTF8.GetBytes(Destination.ShownPath));
    }

    private static void RemoveTree(string tree, RootfsLog log, CancellationToken cancellation)
    {
        foreach (WrittenFile output in RootfsExtractor.Clean(tree, log, cancellation)?.Outputs ?? [])
            RemoveFile(output.Path);
    }

    private static void RemoveFile(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (DirectoryNotFoundException)
        {
            // It went with its directory: who removes obj/ leaves bin/.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(file, e);
        }
    }

    /// <summary>Of the trees that have a state file in the directory.</summary>
    private static List<string> Names(string directory) => !Directory.Exists(directory)
        ? []
        : [.. Directory.EnumerateFiles(directory, ".*" + MarkSuffix).Select(static f => Path.GetFileName(f)[1..^MarkSuffix.Length]).Where(static n => n.Length > 0)];

    /// <summary><c>app.config.json</c> → <c>app.config.linux-arm64.json</c>.</summary>
    private static string? Insert(string? path, string name)
    {
        if (path is null)
            return null;
        string extension = Path.GetExtension(path);
        return $"{path[..^extension.Length]}.{name}{extension}";
    }
}
