namespace Oci.Rootfs.State;

/// <summary>
/// The state beside an output, held under a lock: two builds with one destination wait for each other. <see cref="StateFile"/> is the one
/// for Linux, which a tree needs. <see cref="PortableStateFile"/> serves archives on every system.
/// </summary>
internal abstract class StateStore : IDisposable
{
    /// <summary>No state is larger. The engine writes none that it could not read back.</summary>
    protected const int MostBytes = 2 << 20;

    public StateContent Content { get; protected set; } = StateContent.Nothing;

    /// <summary>True when this call made the state file.</summary>
    public bool IsNew { get; protected init; }

    /// <exception cref="Errors.OciException">The state can't be written.</exception>
    public abstract void Write(StateContent content);

    /// <summary>Removes the state. The lock holds until <see cref="Dispose"/>.</summary>
    public abstract void Remove();

    public abstract void Dispose();

    /// <summary>The content as bytes: whole blocks, filled up with spaces, and no fewer than before.</summary>
    /// <param name="content">The content.</param>
    /// <param name="before">The length of what is there now.</param>
    protected static byte[] Padded(StateContent content, int before)
    {
        const int Block = 4096;
        ReadOnlySpan<byte> json = StateJson.Write(content);
        byte[] padded = new byte[(Math.Max(json.Length, before - 1) / Block + 1) * Block];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded);
        padded[^1] = (byte)'\n';
        return padded;
    }
}
