using System.Globalization;
using System.Reflection;

namespace Oci.Rootfs.Errors;

/// <summary>One limit.</summary>
internal sealed class LimitRow(PropertyInfo property, LimitAttribute text)
{
    public string Name => property.Name;

    public string Unit => text.Unit;

    public string Bounds => text.Bounds;

    public IReadOnlyList<string> Codes => text.Codes;

    public long Default => Convert.ToInt64(property.GetValue(new RootfsLimits()), CultureInfo.InvariantCulture);

    /// <summary>The largest value that the property can hold.</summary>
    public long Most => property.PropertyType == typeof(int) ? int.MaxValue : long.MaxValue;

    /// <summary>Changes <paramref name="limits"/>; nobody else may use that object yet.</summary>
    /// <returns>False unless the value is a whole number from 1 to <see cref="Most"/>.</returns>
    public bool TrySet(RootfsLimits limits, ReadOnlySpan<char> value)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number < 1 || number > Most)
            return false;
        property.SetValue(limits, Convert.ChangeType(number, property.PropertyType, CultureInfo.InvariantCulture));
        return true;
    }
}
