namespace Oci.Build.Tasks;

/// <summary>Where the page of an error or warning code is: the help link that terminals show behind the code.</summary>
internal static class ErrorPages
{
    private const string Folder = "https://github.com/oci-build-tasks/oci-build-tasks/blob/main/docs/errors/";

    public static string? Link(string? code) => code is null ? null : $"{Folder}{code}.md";
}
