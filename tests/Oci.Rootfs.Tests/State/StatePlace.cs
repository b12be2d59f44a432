using Oci.Rootfs.Context;
using Oci.Rootfs.State;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.State;

/// <summary>A destination named <c>tree</c> in a directory of its own, for tests of one type of the room at a time.</summary>
internal sealed class StatePlace : IDisposable
{
    private readonly TempDirectory _temp = new();

    public StatePlace() => Destination = Destination.Open(Tree, create: false)!;

    public Destination Destination { get; }

    public string Directory => _temp.Path;

    public string Tree => _temp["tree"];

    public string StateFile => _temp[".tree.oci"];

    public List<RootfsMessage> Messages { get; } = [];

    public EngineContext Context => new(new RootfsLimits(), new RootfsLog(Messages.Add), TestContext.Current.CancellationToken);

    public string this[string name] => _temp[name];

    public StateFile Acquire() => Destination.AcquireState(create: true, Context)!;

    /// <summary>Makes a tree of one directory and one file in it, and a state file that names it.</summary>
    public StatePlace WithOurTree(string name = "tree", params IReadOnlyList<WrittenFile> outputs)
    {
        System.IO.Directory.CreateDirectory(_temp[name]);
        File.WriteAllText(_temp[name + "/f"], "ours");
        using Destination destination = Destination.Open(_temp[name], create: false)!;
        using StateFile state = destination.AcquireState(create: true, Context)!;
        state.Write(ContentFor(IdentityOf(name)) with { Outputs = outputs });
        return this;
    }

    public TreeIdentity IdentityOf(string name) => Oci.Rootfs.State.StateFile.Identity(Destination.Parent.Stat(System.Text.Encoding.UTF8.GetBytes(name))!.Value);

    /// <summary>What a state file says of a tree of two paths.</summary>
    public static StateContent ContentFor(params TreeIdentity[] trees) => StateContent.Nothing with { Key = "sha256:key", Trees = trees, Paths = 2, LayerOrder = [0] };

    public void Dispose()
    {
        Destination.Dispose();
        _temp.Dispose();
    }
}
