using System.Globalization;

namespace Oci.Rootfs.Tests;

/// <summary>
/// What random tests begin with: the same each time, so that a change is held against what others were; another number, or one drawn by
/// the word <c>random</c>, by an environment variable. The test says it when it fails.
/// </summary>
internal static class TestSeed
{
    private const int Fixed = 1;

    public static int Of(string variable) => Environment.GetEnvironmentVariable(variable) switch
    {
        null or "" => Fixed,
        "random" => Random.Shared.Next(1 << 28),
        string number => int.Parse(number, CultureInfo.InvariantCulture),
    };
}
