namespace Oci.Rootfs.Tree;

/// <summary>The ways in which a walk along a path can end.</summary>
internal enum ResolutionEnd : byte
{
    /// <summary>All components are directories.</summary>
    Directory,

    /// <summary>A component does not exist.</summary>
    Missing,

    /// <summary>A component is neither a directory nor a link.</summary>
    NotDirectory,

    /// <summary>The layer replaces a component (rules 13 and 14).</summary>
    Replaced,

    /// <summary>The walk met more than 40 links.</summary>
    Loop,
}

/// <summary>The result of a walk along a path.</summary>
/// <param name="End">How the walk ended.</param>
/// <param name="Path">The directory, without a link in its path. Where there is none, the path at which the walk ended, or the directory in
/// which a name is missing.</param>
internal readonly record struct Resolution(ResolutionEnd End, int Path);
