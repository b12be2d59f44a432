namespace Oci.Build.Tasks;

/// <summary>Gives the page of an error or warning code. Terminals show it as the link behind the code.</summary>
internal static class ErrorPages
{
    private const string Folder = "https://github.com/oci-build-tasks/oci-build-tasks/blob/main/docs/errors/";

    public static string? Link(string? code) => code is null ? null : $"{Folder}{code}.md";
}
