namespace Oci.Rootfs.Guards;

/// <summary>A program that the guard needs did not do its work, so that nothing can be checked.</summary>
internal sealed class CommandException(string message) : Exception(message);
