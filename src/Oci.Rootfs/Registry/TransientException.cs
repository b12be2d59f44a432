namespace Oci.Rootfs.Registry;

/// <summary>A failure after which it makes sense to ask again. The message is in our own words.</summary>
internal sealed class TransientException(string message) : Exception(message)
{
    /// <summary>Whether the next try is another one: there is nothing to wait for.</summary>
    public bool IsSettled { get; init; }
}
