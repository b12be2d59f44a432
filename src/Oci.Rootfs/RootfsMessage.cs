namespace Oci.Rootfs;

/// <summary>The importance of a message: MSBuild's high, normal and low, and warnings, which carry a code.</summary>
public enum RootfsMessageKind
{
    Warning,
    Summary,
    Normal,
    Detail,
}

/// <summary>A message of the engine about its work.</summary>
/// <param name="Kind">The importance.</param>
/// <param name="Code"><c>OCI####</c> for warnings; otherwise null.</param>
/// <param name="Text">One line. The engine has escaped text from images.</param>
public readonly record struct RootfsMessage(RootfsMessageKind Kind, string? Code, string Text);
