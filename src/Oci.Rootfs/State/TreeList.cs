using System.Runtime.Versioning;
using System.Text.Json;
using Oci.Rootfs.Context;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.State;

/// <summary>
/// The file among a project's intermediate files that lists the trees that its builds made. With it a build finds trees that the project no
/// longer asks for, and knows its own tree again whose state file is gone.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeList
{
    private const int MostBytes = 2 << 20;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _path;

    private TreeList(string path, List<ListedTree> trees) => (_path, Trees) = (path, trees);

    public IReadOnlyList<ListedTree> Trees { get; }

    /// <summary>Reads a list. Whatever is no list that this user or root wrote to this path counts as empty.</summary>
    public static TreeList Read(string path)
    {
        List<ListedTree>? trees = OwnFile.TryRead(path, MostBytes) is { } bytes ? Parse(bytes, path) : null;
        return new TreeList(path, trees ?? []);
    }

    /// <summary>Lists a tree that is complete.</summary>
    public static void Record(RootfsRequest request, StateContent state)
    {
        if (request.TreeList is null || state.Trees is not [TreeIdentity identity])
            return;
        List<string> outputs = [];
        foreach (RequestedOutput output in request.Outputs)
            outputs.Add(output.Path);
        ListedTree tree = new(request.RootfsDirectory!, identity, outputs);
        TreeList list = Read(request.TreeList);
        List<ListedTree> trees = [];
        bool isThere = false;
        foreach (ListedTree listed in list.Trees)
        {
            isThere |= listed.IsSameAs(tree);
            if (listed.Path != tree.Path)
                trees.Add(listed);
        }
        if (!isThere)
            list.Write([.. trees, tree]);
    }

    /// <summary>
    /// A tree whose state file is gone, as after an <c>rm -rf</c> that stopped half-way, is ours all the same if it is the directory that
    /// the project's list names. From then on the new state file names it.
    /// </summary>
    public static void Adopt(DestinationLock held, RootfsRequest request)
    {
        if (request.TreeList is not null && held.State.Content.Trees.Count == 0)
            Read(request.TreeList).Adopt(held.Destination, held.State);
    }

    /// <returns>False where the state file names a tree already, and where the list does not know the directory.</returns>
    public bool Adopt(Destination destination, StateFile state)
    {
        if (state.Content.Trees.Count > 0 || Known(destination) is not { } known)
            return false;
        state.Write(StateContent.Nothing with { Trees = [known] });
        return true;
    }

    /// <summary>The directory at the destination, if the list names it.</summary>
    public TreeIdentity? Known(Destination destination)
    {
        if (destination.Parent.Stat(destination.Name) is not { IsDirectory: true } existing)
            return null;
        TreeIdentity identity = StateFile.Identity(existing);
        foreach (ListedTree tree in Trees)
        {
            if (tree.Path == destination.ShownPath && tree.Identity.IsSameAs(identity))
                return identity;
        }
        return null;
    }

    /// <summary>Writes the list anew. An empty one is removed.</summary>
    public void Write(IReadOnlyList<ListedTree> trees)
    {
        if (trees.Count == 0)
        {
            OwnedTrees.TryRemoveFiles([_path], new EngineContext());
            return;
        }
        byte[] json = OwnJson.Write(writer =>
        {
            writer.WriteString("list", _path);
            writer.WriteStartArray("trees");
            foreach (ListedTree tree in trees)
                Write(writer, tree);
            writer.WriteEndArray();
        }).ToArray();
        // A umask that lets the group write would make a list that is not trusted.
        OutputFile.Prepare(_path, stream => stream.Write(json), Mode).Publish();
    }

    private static void Write(Utf8JsonWriter json, ListedTree tree)
    {
        json.WriteStartObject();
        json.WriteString("path", tree.Path);
        StateJson.WriteMembers(json, tree.Identity);
        json.WriteStartArray("outputs");
        foreach (string output in tree.Outputs)
            json.WriteStringValue(output);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Null for the list of another path: a file that was copied or linked here says nothing about this project.</summary>
    private static List<ListedTree>? Parse(byte[] bytes, string path) => OwnJson.Parse(bytes, root =>
    {
        if (root.GetProperty("list").GetString() != path)
            return null;
        List<ListedTree> trees = [];
        foreach (JsonElement tree in root.GetProperty("trees").EnumerateArray())
            trees.Add(new ListedTree(tree.GetProperty("path").GetString() ?? "", StateJson.IdentityOf(tree), StateJson.StringsOf(tree.GetProperty("outputs"))));
        return trees;
    });
}
