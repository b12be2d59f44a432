using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Walks paths through the tree and follows links inside the root (rules 15, 31, 37, 54), as a process with that root directory does. It
/// remembers where a directory's path leads, so one walk serves all its children.
/// </summary>
internal sealed class PathResolver(MergeTree tree, TreeLimits limits)
{
    private const int MaxLinks = 40;

    private readonly PathTable _paths = tree.Paths;
    private readonly IntStack _climb = new();
    private readonly Frame[] _frames = new Frame[MaxLinks];
    private readonly PathMap<Memo> _memos = new(tree.Paths);
    private int _epoch = 1;
    private int _generation;

    // State of the current resolution.
    private Mode _mode;
    private int _links;
    private int _steps;

    private enum Mode { Lower, Find, Create }

    /// <summary>The path of the entry that needs the walk, for errors.</summary>
    public int Entry { get; set; }

    /// <summary>Called for every directory that <see cref="Create"/> makes.</summary>
    public Action<int>? Implied { get; set; }

    /// <summary>The paths that the layer replaces, for <see cref="Lower"/>; null for a walk through the lower tree alone.</summary>
    public ReplacedPaths? Replaced { get; private set; }

    /// <summary>Begins a phase with other replaced paths, and forgets earlier resolutions.</summary>
    public void Begin(ReplacedPaths? replaced)
    {
        Replaced = replaced;
        _epoch++;
    }

    /// <summary>Walks the tree that the lower layers left; the tree must not change meanwhile.</summary>
    public Resolution Lower(int directory) => Resolve(directory, Mode.Lower);

    public Resolution Find(int directory) => Resolve(directory, Mode.Find);

    /// <summary>Finds the directory that a path leads to, and makes missing directories (rules 37 and 38).</summary>
    /// <exception cref="OciException">A component is not a directory, the links loop, or a limit is reached.</exception>
    public int Create(int directory)
    {
        Resolution resolution = Resolve(directory, Mode.Create);
        return resolution.End switch
        {
            ResolutionEnd.Directory => resolution.Path,
            ResolutionEnd.Loop => throw TreeErrors.LinkLoop(_paths.Bytes(Entry)),
            _ => throw TreeErrors.ParentIsNoDirectory(_paths.Bytes(Entry), _paths.Bytes(resolution.Path)),
        };
    }

    /// <summary>The path of a name's last component below the directory to which its parent resolved.</summary>
    public int ChildOf(int directory, int named)
    {
        if (directory == _paths.Parent(named))
            return named;
        int path = _paths.Find(directory, _paths.Name(named));
        return path != PathTable.None ? path : Add(directory, _paths.Name(named));
    }

    private Resolution Resolve(int directory, Mode mode)
    {
        if (_generation != tree.Generation)
        {
            _generation = tree.Generation;
            _epoch++;
        }
        _mode = mode;
        int from = directory;
        while (from != PathTable.Root && _memos[from].Epoch != _epoch)
        {
            _climb.Push(from);
            from = _paths.Parent(from);
        }
        Resolution resolution = new(ResolutionEnd.Directory, PathTable.Root);
        (_links, _steps) = (0, 0);
        if (from != PathTable.Root)
            (resolution, _links, _steps) = (_memos[from].Resolution, _memos[from].Links, _memos[from].Steps);
        while (resolution.End == ResolutionEnd.Directory && _climb.TryPop(out int next))
        {
            resolution = Step(resolution.Path, next);
            // While entries are applied, a later one may add a path that is missing now.
            if (resolution.End == ResolutionEnd.Directory || mode == Mode.Lower)
                _memos.At(next) = new Memo(_epoch, resolution, _links, _steps);
        }
        _climb.Clear();
        return resolution;
    }

    /// <summary>Goes one component down, and follows links from there.</summary>
    private Resolution Step(int from, int named)
    {
        int child = from == _paths.Parent(named) ? named : Child(from, _paths.Name(named));
        int depth = 0;
        while (true)
        {
            CountStep();
            Resolution resolution = Enter(from, child);
            if (resolution.End != ResolutionEnd.Directory)
                return resolution;
            int here = resolution.Path;
            if (tree[here] is { Kind: EntryKind.Symlink } link)
            {
                if (++_links > MaxLinks)
                    return new Resolution(ResolutionEnd.Loop, here);
                here = link.SymlinkTarget[0] == '/' ? PathTable.Root : from;
                _frames[depth++] = new Frame(link.SymlinkTarget, 0);
            }
            if (!Next(ref depth, ref here, out child))
                return new Resolution(ResolutionEnd.Directory, here);
            from = here;
        }
    }

    /// <summary>Looks at a child: goes into a directory or link, and ends the resolution at anything else.</summary>
    private Resolution Enter(int from, int child)
    {
        Inode? inode = child == PathTable.None ? null : tree[child];
        if (inode is null)
        {
            if (_mode != Mode.Create)
                return new Resolution(ResolutionEnd.Missing, child == PathTable.None ? from : child);
            tree.PutImplied(child);
            Implied?.Invoke(child);
            return new Resolution(ResolutionEnd.Directory, child);
        }
        if (_mode == Mode.Lower && Replaced is not null && Replaced.Has(child, inode))
            return new Resolution(ResolutionEnd.Replaced, child);
        return new Resolution(inode.Kind is EntryKind.Directory or EntryKind.Symlink ? ResolutionEnd.Directory : ResolutionEnd.NotDirectory, child);
    }

    /// <summary>Finds the next component of the current link targets; false at their end.</summary>
    private bool Next(ref int depth, ref int here, out int child)
    {
        child = PathTable.None;
        while (depth > 0)
        {
            ref Frame frame = ref _frames[depth - 1];
            ReadOnlySpan<byte> rest = frame.Target.AsSpan(frame.Offset);
            int length = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = length < 0 ? rest : rest[..length];
            frame.Offset += length < 0 ? rest.Length : length + 1;
            if (length < 0)
                depth--;
            if (name.IsEmpty || name is [(byte)'.'])
                continue;
            CountLinkSteps(1);
            if (name is [(byte)'.', (byte)'.'])
            {
                CountStep();
                here = here == PathTable.Root ? here : _paths.Parent(here);
                continue;
            }
            child = Child(here, name);
            return true;
        }
        return false;
    }

    private int Child(int parent, ReadOnlySpan<byte> name)
    {
        // A link's target is data, but here it becomes a directory, and the tree never contains a whiteout's name.
        if (_mode == Mode.Create && WhiteoutName.IsMarker(name))
            throw TreeErrors.WhiteoutAsParent(_paths.Bytes(Entry));
        int path = _paths.Find(parent, name);
        if (path != PathTable.None || _mode == Mode.Lower)
            return path;
        if (_mode == Mode.Create)
            return Add(parent, name);
        // A name that is only looked up gets a number too, because a hardlink may have to wait for it.
        bool fits = name.Length <= NameReader.MaxComponent && _paths.Depth(parent) < limits.MaxPathDepth;
        return fits ? Add(parent, name) : PathTable.None;
    }

    private int Add(int parent, ReadOnlySpan<byte> name)
    {
        if (name.Length > NameReader.MaxComponent)
            throw TreeErrors.ComponentTooLong(_paths.Bytes(Entry), name.Length);
        if (_paths.Depth(parent) >= limits.MaxPathDepth)
            throw TreeErrors.PathTooDeep(_paths.Bytes(Entry), limits.MaxPathDepth);
        int path = _paths.GetOrAdd(parent, name);
        limits.CheckPaths(_paths);
        return path;
    }

    private void CountStep()
    {
        if (++_steps > limits.MaxResolutionSteps)
            throw TreeErrors.ResolutionTooLong(_paths.Bytes(Entry), limits.MaxResolutionSteps);
    }

    /// <summary>Counts steps towards the limit for all resolutions of the image.</summary>
    public void CountLinkSteps(int steps)
    {
        if (!limits.TryLinkSteps(steps))
            throw TreeErrors.ResolutionsTooLong(_paths.Bytes(Entry), limits.MaxLinkSteps);
    }

    private record struct Frame(byte[] Target, int Offset);

    private readonly record struct Memo(int Epoch, Resolution Resolution, int Links, int Steps);
}
