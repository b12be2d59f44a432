using System.Reflection;

namespace Oci.Rootfs.Errors;

/// <summary>
/// The table of limits, one row for each property of <see cref="RootfsLimits"/>. It is read by reflection, and only when a user sets a
/// limit or an error names one: a build with nothing to do does not pay for it.
/// </summary>
internal static class LimitTable
{
    private static readonly Lazy<IReadOnlyList<LimitRow>> All = new(static () =>
        [.. typeof(RootfsLimits).GetProperties().Select(static property => new LimitRow(property, property.GetCustomAttribute<LimitAttribute>()!))]);

    public static IReadOnlyList<LimitRow> Rows => All.Value;

    /// <summary>The names in alphabetical order, for a message.</summary>
    public static string Names => string.Join(", ", Rows.Select(static row => row.Name).Order(StringComparer.Ordinal));

    /// <returns>Null where no limit has this name. Case does not matter, as in all names of MSBuild.</returns>
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
