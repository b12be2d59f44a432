namespace Oci.Images;

/// <summary>A mode as chmod(1) has it: <c>"4755"</c>.</summary>
public readonly record struct Octal(long Value)
{
    public static implicit operator Octal(string digits) => new(Convert.ToInt64(digits, 8));

    public static implicit operator uint(Octal mode) => checked((uint)mode.Value);

    public override string ToString() => Convert.ToString(Value, 8).PadLeft(4, '0');
}
