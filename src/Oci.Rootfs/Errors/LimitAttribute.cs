namespace Oci.Rootfs.Errors;

/// <summary>
/// Makes a property of <see cref="RootfsLimits"/> a row of the table of limits. The property's name, its default and this attribute are
/// all that there is to say about a limit: settings, errors and docs/limits.md come from them.
/// </summary>
/// <param name="unit">What the number counts, as it stands behind the number in an error.</param>
/// <param name="bounds">What the limit bounds, for a reader.</param>
/// <param name="codes">The errors that it raises; the first is the usual one.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LimitAttribute(string unit, string bounds, params string[] codes) : Attribute
{
    public string Unit => unit;

    public string Bounds => bounds;

    public IReadOnlyList<string> Codes => codes;
}
