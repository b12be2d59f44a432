namespace Oci.Rootfs.Tar;

/// <summary>
/// The bytes of a tar archive as they come, in pieces that the producer owns: the reader looks at them where they lie instead of
/// copying them through another buffer.
/// </summary>
internal abstract class TarInput
{
    /// <summary>Bytes consumed or skipped so far.</summary>
    public long Position { get; protected set; }

    /// <summary>The unread bytes at hand, at least one; empty only at the end of the data. Valid until the next call of any member.</summary>
    public abstract ReadOnlySpan<byte> Peek();

    /// <summary>Moves over the first bytes of what <see cref="Peek"/> returned.</summary>
    public abstract void Consume(int count);

    /// <summary>Moves over bytes without looking at them; returns how many there were, which is less only at the end of the data.</summary>
    public virtual long Skip(long count)
    {
        long left = count;
        while (left > 0)
        {
            int here = (int)Math.Min(left, Peek().Length);
            if (here == 0)
                break;
            Consume(here);
            left -= here;
        }
        return count - left;
    }
}
