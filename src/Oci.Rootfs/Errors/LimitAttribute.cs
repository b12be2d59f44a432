namespace Oci.Rootfs.Errors;

/// <summary>
/// Makes a property of <see cref="RootfsLimits"/> a row of the table of limits. Settings, errors and docs/limits.md all come from the
/// property's name, its default and this attribute.
/// </summary>
/// <param name="unit">The unit of the number, as it stands behind the number in an error.</param>
/// <param name="bounds">What the limit bounds, for the documentation's reader.</param>
/// <param name="codes">The errors that it raises; the first is the usual one.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LimitAttribute(string unit, string bounds, params string[] codes) : Attribute
{
    public string Unit => unit;

    public string Bounds => bounds;

    public IReadOnlyList<string> Codes => codes;
}
