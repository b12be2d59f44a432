using Microsoft.Build.Framework;

namespace Oci.Build.Tasks;

/// <summary>
/// The trees that this build has made, and the project that asked for each. MSBuild keeps one dictionary for all projects that it builds in
/// one process. The projects of another process are not in it; the state file beside a tree names them.
/// </summary>
internal static class TreesOfThisBuild
{
    private const string Key = "Oci.Build.Tasks.TreesOfThisBuild";

    /// <returns>Null where no MSBuild keeps objects.</returns>
    public static IDictionary<string, string>? Of(IBuildEngine? engine)
    {
        try
        {
            if (engine is not IBuildEngine4 keeping)
                return null;
            // The first of two threads that register counts. Another version of this package has other types, but the framework's are shared.
            if (keeping.GetRegisteredTaskObject(Key, RegisteredTaskObjectLifetime.Build) is null)
                keeping.RegisterTaskObject(Key, new Dictionary<string, string>(StringComparer.Ordinal), RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
            return keeping.GetRegisteredTaskObject(Key, RegisteredTaskObjectLifetime.Build) as IDictionary<string, string>;
        }
        catch (NotImplementedException)
        {
            return null;
        }
    }
}
