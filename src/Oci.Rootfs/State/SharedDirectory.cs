using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.State;

/// <summary>
/// Two projects with one directory for their trees. Where they ask for different trees, each build would replace the tree of the other, and
/// the items of the first would describe a tree that is no longer there.
/// </summary>
internal static class SharedDirectory
{
    /// <summary>Called before a tree is replaced, under its lock: warns of another project's tree.</summary>
    /// <exception cref="OciException">The same build has made the tree for somebody else.</exception>
    public static void Check(StateContent old, RootfsRequest request, RootfsLog log)
    {
        if (TreeMaker.Of(request) is not { } maker)
            return;
        if (request.TreesOfThisBuild is { } trees)
        {
            lock (trees)
            {
                if (trees.TryGetValue(request.MainPath, out string? made) && !made.StartsWith(maker.Request + " ", StringComparison.Ordinal))
                    throw BuildErrors.OtherProject(request.MainPath, ProjectOf(made));
            }
        }
        if (old.Maker is { } other && other.Request != maker.Request && other.IsStillAnother(maker.Project))
            DiskErrors.WarnOtherProject(log, request.MainPath, other.Project, maker.Project);
    }

    /// <summary>The other trees that this build has made for the project, or found up to date.</summary>
    public static IReadOnlyList<string> Others(RootfsRequest request)
    {
        List<string> others = [];
        if (request.TreesOfThisBuild is not { } trees)
            return others;
        lock (trees)
        {
            foreach ((string path, string made) in trees)
            {
                if (path != request.MainPath && ProjectOf(made) == request.Project)
                    others.Add(path);
            }
        }
        others.Sort(StringComparer.Ordinal);
        return others;
    }

    private static string ProjectOf(string made) => made[(made.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    /// <summary>Called when a tree is up to date: the first request of a build that gets there counts.</summary>
    public static void Claim(RootfsRequest request)
    {
        if (request.TreesOfThisBuild is not { } trees || TreeMaker.Of(request) is not { } maker)
            return;
        lock (trees)
            trees.TryAdd(request.MainPath, $"{maker.Request} {maker.Project}");
    }

    /// <summary>
    /// An up-to-date tree whose maker is gone, because the project was renamed for example, gets the project that asks for it as its maker.
    /// </summary>
    public static void TakeOver(StateStore state, RootfsRequest request)
    {
        TreeMaker? old = state.Content.Maker;
        if (request.Project is null || (old?.Project == request.Project && old.List == (request.TreeList ?? "")))
            return;
        if (old is null || !old.IsStillAnother(request.Project))
            state.Write(state.Content with { Maker = TreeMaker.Of(request) });
    }
}
