using System.Reflection;

namespace Oci.Rootfs.Errors;

/// <summary>
/// The rows that the properties of <see cref="RootfsLimits"/> are. Read by reflection, and only when somebody sets a limit or an error
/// is made of one: a build that has nothing to do does not pay for it.
/// </summary>
internal static class LimitTable
{
    private static readonly Lazy<IReadOnlyList<LimitRow>> All = new(static () =>
        [.. typeof(RootfsLimits).GetProperties().Select(static property => new LimitRow(property, property.GetCustomAttribute<LimitAttribute>()!))]);

    public static IReadOnlyList<LimitRow> Rows => All.Value;

    /// <summary>In the order of the alphabet, for a message.</summary>
    public static string Names => string.Join(", ", Rows.Select(static row => row.Name).Order(StringComparer.Ordinal));

    /// <returns>Null where there is no limit of this name; upper and lower case are the same, as in all names of MSBuild.</returns>
    public static LimitRow? Find(ReadOnlySpan<char> name)
    {
        foreach (LimitRow row in Rows)
        {
            if (name.Equals(row.Name, StringComparison.OrdinalIgnoreCase))
                return row;
        }
        return null;
    }
}
