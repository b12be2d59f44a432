namespace Oci.Rootfs.Tree;

/// <summary>How a walk along a path ended.</summary>
internal enum ResolutionEnd : byte
{
    /// <summary>All of it is directories.</summary>
    Directory,

    /// <summary>A component does not stand.</summary>
    Missing,

    /// <summary>A component is neither a directory nor a link.</summary>
    NotDirectory,

    /// <summary>A component is replaced by the layer (rules 13 and 14).</summary>
    Replaced,

    /// <summary>More than 40 links.</summary>
    Loop,
}

/// <summary>The result of a walk along a path.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Path">The directory, no link in it; where there is none, the path at which the walk ended, or the directory in which a name is missing.</param>
internal readonly record struct Resolution(ResolutionEnd End, int Path);
