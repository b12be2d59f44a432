namespace Oci.Rootfs;

/// <summary>How an update changed a tree.</summary>
/// <param name="Added">Paths that the tree did not have before.</param>
/// <param name="Changed">Paths with another node, other metadata or another content than before.</param>
/// <param name="Removed">Paths that the tree had before.</param>
/// <param name="Paths">All paths of the tree.</param>
/// <param name="LayersRead">The layers that were read; the others were known.</param>
public sealed record RootfsChange(int Added, int Changed, int Removed, int Paths, int LayersRead);
