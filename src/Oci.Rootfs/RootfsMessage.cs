namespace Oci.Rootfs;

/// <summary>How loudly a message is said: MSBuild's high, normal and low importance, and warnings, which carry a code.</summary>
public enum RootfsMessageKind
{
    Warning,
    Summary,
    Normal,
    Detail,
}

/// <summary>Something that the engine has to say while it works.</summary>
/// <param name="Kind">How loudly.</param>
/// <param name="Code"><c>OCI####</c> for warnings; otherwise null.</param>
/// <param name="Text">One line; text from images is escaped.</param>
public readonly record struct RootfsMessage(RootfsMessageKind Kind, string? Code, string Text);
