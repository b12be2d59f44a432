namespace Oci.Rootfs.Tar;

/// <summary>
/// The bytes of a tar archive in pieces that the producer owns. The reader looks at them in place, without a copy through another buffer.
/// </summary>
internal abstract class TarInput
{
    /// <summary>Bytes consumed or skipped so far.</summary>
    public long Position { get; protected set; }

    /// <summary>The unread bytes at hand; empty only at the end of the data. Valid until the next call of any member.</summary>
    public abstract ReadOnlySpan<byte> Peek();

    /// <summary>Moves over the first bytes of what <see cref="Peek"/> returned.</summary>
    public abstract void Consume(int count);

    /// <summary>
    /// Moves over bytes without looking at them. It returns their number, which is less than asked for only at the end of the data.
    /// </summary>
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
