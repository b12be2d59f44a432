namespace Oci.Rootfs.State;

/// <summary>A tree in the list of a project's trees. The list may have been edited: nothing is removed only because it is here.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Identity">The directory that the project's build made or found there.</param>
/// <param name="Outputs">The absolute paths of the files that the build was asked to write with it.</param>
internal sealed record ListedTree(string Path, TreeIdentity Identity, IReadOnlyList<string> Outputs)
{
    public bool IsSameAs(ListedTree other) => Path == other.Path && Identity == other.Identity && Outputs.SequenceEqual(other.Outputs);
}
