namespace Oci.Rootfs;

/// <summary>Another place with the content of a registry. It is asked before the registry itself.</summary>
/// <param name="Registry">The registry's host, as references name it: <c>docker.io</c>.</param>
/// <param name="Location">The mirror: <c>HOST[:PORT][/PREFIX]</c>.</param>
/// <param name="Tags">
/// Whether the mirror may say what a tag means. With false it is asked for digests only: what it gives for a digest is checked.
/// </param>
public sealed record RegistryMirror(string Registry, string Location, bool Tags = false);
