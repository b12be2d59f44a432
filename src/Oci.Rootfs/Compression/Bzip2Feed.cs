using System.Runtime.ExceptionServices;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// The bytes that <see cref="Bzip2Stream"/> gives to the decoder. The decoder asks for one byte at a time, takes any exception of its
/// source for the end of the data, and stops at the last byte of a stream, so that the caller can look at what follows.
/// </summary>
internal sealed class Bzip2Feed(CompressedInput input) : ForwardStream
{
    private ExceptionDispatchInfo? _failure;

    /// <summary>The decoder has asked for more than there is.</summary>
    public bool AskedBeyondEnd { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> next;
        try
        {
            next = input.Next;
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        AskedBeyondEnd |= next.IsEmpty;
        int count = Math.Min(buffer.Length, next.Length);
        next[..count].CopyTo(buffer);
        input.Skip(count);
        BytesRead += count;
        return count;
    }

    /// <summary>Throws the exception that the source threw, if it threw one.</summary>
    public void ThrowFailure() => _failure?.Throw();
}
