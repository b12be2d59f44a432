using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// The directory of an image's trees, one a platform. Each tree has its own state file beside it, and so has the directory. So the
/// directory is ours too: the engine locks it while working in it, and replaces or removes it as a whole when the user asks for another
/// kind of extraction.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class PlatformTrees : IDisposable
{
    private readonly RootfsRequest _request;
    private readonly DestinationLock _held;
    private readonly bool _mayWork;
    private readonly EngineContext _context;

    /// <summary>
    /// The state before this build moved what stood at the destination aside. Null when it moved nothing. With no tree made, it comes back.
    /// </summary>
    private StateContent? _movedAside;

    private PlatformTrees(RootfsRequest request, DestinationLock held, bool mayWork, EngineContext context)
    {
        _request = request;
        _held = held;
        _mayWork = mayWork;
        _context = context;
    }

    /// <summary>Makes a tree for each platform of the image. After an error the trees already made stay.</summary>
    public static List<RootfsExtraction> Extract(string directory, RootfsRequest request, ImageSource source, IReadOnlyList<PlatformImage> images, EngineContext context)
    {
        using PlatformTrees trees = Open(request, directory, images.Select(static i => i.Name).ToHashSet(StringComparer.Ordinal), context);
        List<RootfsExtraction> extractions = EachPlatform.ExtractEach(request, source, images, context, trees.CheckShared);
        if (trees._mayWork)
        {
            SharedDirectory.Claim(request);
            TreeList.Record(request, trees.State.Content);
        }
        return extractions;
    }

    /// <summary>Makes and locks the directory. It removes the trees of platforms that the image no longer has.</summary>
    /// <param name="request">The request for the whole image.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="names">The names of the image's platforms.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">The directory is not ours, or there is work to do and the request allows none.</exception>
    private static PlatformTrees Open(RootfsRequest request, string directory, IReadOnlySet<string> names, EngineContext context)
    {
        bool mayWork = !request.FailIfNotUpToDate;
        DestinationLock held = DestinationLock.Take(directory, mayWork, context) ?? throw BuildErrors.NotUpToDate(directory);
        try
        {
            return held.Do(() =>
            {
                PlatformTrees trees = new(request, held, mayWork, context);
                trees.Prepare(names);
                return trees;
            });
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A directory that got no tree goes, and what stood there before comes back. With a tree in it, the directory has replaced that.
    /// </summary>
    public void Dispose()
    {
        if (_mayWork)
        {
            if (Destination.Parent.Unlink(Destination.Name, directory: true) != 0)
                RemoveReplaced();
            else
                PutBack();
        }
        _held.Dispose();
    }

    private Destination Destination => _held.Destination;

    private StateFile State => _held.State;

    private void Prepare(IReadOnlySet<string> names)
    {
        DestinationGuard guard = new(Destination, State, _context);
        if (_mayWork)
            TreeList.Adopt(_held, _request);
        guard.RefuseForeign();
        Linux.StatXResult? existing = Destination.Parent.Stat(Destination.Name);
        bool ready = State.Content.HoldsTrees && existing is { } directory && State.Owns(directory);
        if (!_mayWork)
        {
            if (!ready || OwnedTrees.NamesWithin(Destination.ShownPath).Any(n => !names.Contains(n)))
                throw BuildErrors.NotUpToDate(Destination.ShownPath);
            return;
        }
        if (ready)
        {
            if (OwnedTrees.NamesWithin(Destination.ShownPath).Any(n => !names.Contains(n)))
                CheckShared();
            OwnedTrees.RemoveWithin(Destination.ShownPath, names, OutputsOf, _context);
            if (Destination.Remains.Any())
                Destination.Remains.TryRemove(_context);
            return;
        }

        // There is nothing here, or an empty directory, or one tree of ours in place of several.
        SharedDirectory.Check(State.Content, _request, _context.Log);
        guard.RefuseForeignStaging();
        Destination.RefuseMounts();
        StateContent old = State.Content;
        State.Write(old with { Key = null });
        Destination.Remains.Clear(_context);
        if (MoveAside())
            _movedAside = old;
        try
        {
            Make();
        }
        catch
        {
            _ = Destination.Remove(Destination.StagingName);
            if (_movedAside is not null)
                PutBack();
            throw;
        }
    }

    /// <summary>Called before anything in the directory changes. From then on the directory is of this request's project.</summary>
    private void CheckShared()
    {
        SharedDirectory.Check(State.Content, _request, _context.Log);
        if (TreeMaker.Of(_request) is { } maker && State.Content.Maker != maker)
            State.Write(State.Content with { Maker = maker });
    }

    private IEnumerable<string> OutputsOf(string name) => EachPlatform.OutputsOf(_request.Outputs.Select(static o => o.Path), name);

    /// <returns>False where nothing stands at the destination.</returns>
    private bool MoveAside()
    {
        if (Destination.Parent.Rename(Destination.Name, Destination.Parent, Destination.AsideName) == 0)
            return true;
        return Linux.Errno == Errno.NotFound
            ? false
            : throw DiskErrors.FromErrno(Linux.Errno, "moving the old tree away", Encoding.UTF8.GetBytes(Destination.ShownPath));
    }

    /// <summary>
    /// The state file names the old tree before the tree has its name again. A build that is killed between the two leaves no tree, and the
    /// next one makes it.
    /// </summary>
    private void PutBack()
    {
        try
        {
            if (_movedAside is not null)
            {
                State.Write(_movedAside);
                _ = Destination.Parent.Rename(Destination.AsideName, Destination.Parent, Destination.Name);
            }
        }
        catch (OciException e)
        {
            // The caller reports the error that led here.
            _context.Log.Detail(e.Message);
        }
        if (_movedAside is not { Trees.Count: > 0 })
            _held.GiveBack();
    }

    /// <summary>Removes the one tree that the directory has replaced, and the files written with it.</summary>
    private void RemoveReplaced()
    {
        if (_movedAside is null)
            return;
        Destination.Remains.TryRemove(_context);
        OwnedTrees.TryRemoveFiles(_movedAside.FilesAmong(_request.Outputs.Select(static output => output.Path)), _context);
    }

    /// <summary>Writes the state file before the directory gets its name, so that the directory is ours from the start.</summary>
    private void Make()
    {
        using DirectoryHandle directory = Destination.MakePrivate(Destination.StagingName);
        TreeIdentity identity = StateFile.Identity(directory.StatSelf() ?? throw DiskErrors.Changed(Destination.StagingName));
        State.Write(new StateContent(StateContent.KeyOfTrees, [identity], 0, [], []) { Maker = TreeMaker.Of(_request) });
        if (Linux.EffectiveUserId() != 0)
            _ = Linux.Chmod(directory.Fd, 0b111_101_101);
        if (Destination.Parent.Rename(Destination.StagingName, Destination.Parent, Destination.Name) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making the directory of the platforms' trees", Encoding.UTF8.GetBytes(Destination.ShownPath));
    }

}
