namespace Oci.Build.Tasks;

/// <summary>
/// The environment of the build. Secrets in it must not come in as parameters, which a binary log shows. Before each build MSBuild gives its
/// processes the environment of the one who started it.
/// </summary>
internal static class BuildEnvironment
{
#pragma warning disable RS0030 // The reason is above. Nothing of it is in a tree.
    public static string? Get(string name) => Environment.GetEnvironmentVariable(name);
#pragma warning restore RS0030
}
