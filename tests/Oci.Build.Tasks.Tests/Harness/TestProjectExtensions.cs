namespace Oci.Build.Tasks.Tests.Harness;

internal static class TestProjectExtensions
{
    /// <summary>Words with which a test reads as one sentence: the project, then the actions.</summary>
    public static T Then<T>(this TestProject _, Func<T> step) => step();

    /// <summary>In the current target, fills in the metadata of OciImage as our targets do, into the item Resolved.</summary>
    public static TestProject ResolveTask(this TestProject project) => project.TaskToItems(
        "ResolveOciImages",
        [
            ("Images", "@(OciImage)"), ("ProjectDirectory", "$(MSBuildProjectDirectory)"), ("OutputDirectory", "$(OutDir)"), ("IntermediateDirectory", "$(IntermediateOutputPath)"),
            ("Platform", "$(OciPlatform)"), ("RuntimeIdentifier", "$(RuntimeIdentifier)"), ("SourceDateEpoch", "$(SOURCE_DATE_EPOCH)"),
        ],
        ("Resolved", "Resolved"));
}
