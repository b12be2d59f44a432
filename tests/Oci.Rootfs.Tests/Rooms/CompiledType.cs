namespace Oci.Rootfs.Tests.Rooms;

/// <param name="Namespace">Not empty.</param>
/// <param name="Name">Without the namespace.</param>
/// <param name="IsPublic">Seen by other assemblies.</param>
/// <param name="Known">The namespaces of all types that it names, its own included.</param>
internal sealed record CompiledType(string Namespace, string Name, bool IsPublic, IReadOnlySet<string> Known);
