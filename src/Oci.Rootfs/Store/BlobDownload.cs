using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Registry;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Store;

/// <summary>Fetches one blob into the store. What an earlier build fetched of it is not fetched again.</summary>
/// <param name="store">The store.</param>
/// <param name="registry">Where the blob comes from.</param>
/// <param name="progress">Is told how many bytes came.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class BlobDownload(BlobStore store, IRegistry registry, Action<int> progress, EngineContext context)
{
    private const int BufferBytes = 256 << 10;

    private bool _cameFromMirror;

    /// <returns>The number of bytes that were fetched; null when another build fetched the blob.</returns>
    public long? Run(GrowingBlob blob)
    {
        Digest digest = blob.Descriptor.Digest;
        FileStream partial = store.LockPartial(digest, () => context.Log.Summary($"Waiting for another build that fetches {digest}."), context);
        // Whoever had the lock before may have completed the blob.
        if (store.TryOpen(digest) is { } complete)
        {
            store.RemovePartial(digest);
            partial.Dispose();
            blob.Take(complete, complete);
            return null;
        }
        blob.Take(partial.SafeFileHandle, partial);
        return BlobStore.Try(store.PartialOf(digest), () => Fetch(blob, partial.SafeFileHandle));
    }

    private long Fetch(GrowingBlob blob, SafeFileHandle file)
    {
        Descriptor descriptor = blob.Descriptor;
        long before = RandomAccess.GetLength(file);
        if (before > descriptor.Size)
            before = 0;
        if (before > 0)
            context.Log.Normal(string.Create(CultureInfo.InvariantCulture, $"{descriptor.Digest}: {before} of {descriptor.Size} bytes are there from an earlier build."));
        long fetched = Append(blob, file, before, fromMirrors: true, out Digest found);
        if (found != descriptor.Digest && before > 0)
        {
            context.Log.Normal($"{descriptor.Digest}: what an earlier build left was wrong; the blob is fetched anew.");
            fetched += Append(blob, file, 0, fromMirrors: true, out found);
        }
        bool wasWrong = found != descriptor.Digest;
        if (wasWrong && _cameFromMirror)
        {
            // Whoever has read the wrong bytes fails, and may try again.
            blob.MayHelpToRepeat = true;
            context.Log.Normal($"{descriptor.Digest}: what a mirror gave is wrong; the registry itself is asked.");
            fetched += Append(blob, file, 0, fromMirrors: false, out found);
        }
        if (found != descriptor.Digest)
        {
            store.RemovePartial(descriptor.Digest);
            throw IntegrityErrors.WrongDigest(descriptor.Digest.ToString(), found.ToString());
        }
        store.Complete(descriptor.Digest);
        blob.MayHelpToRepeat = wasWrong;
        return fetched;
    }

    /// <summary>Fetches the bytes from an offset on, and hashes all.</summary>
    private long Append(GrowingBlob blob, SafeFileHandle file, long from, bool fromMirrors, out Digest found)
    {
        Descriptor descriptor = blob.Descriptor;
        using IncrementalHash hash = DigestHash.Create(descriptor.Digest.Algorithm);
        using NativeBuffer buffer = new(BufferBytes);
        HashBeginning(file, from, hash, buffer.Span);
        RandomAccess.SetLength(file, from);
        long at = from;
        if (from < descriptor.Size || descriptor.Size == 0)
        {
            using BlobTransfer stream = registry.OpenBlob(descriptor, from, fromMirrors);
            while (stream.Read(buffer.Span) is > 0 and var count)
            {
                context.ThrowIfCancelled();
                if (at + count > descriptor.Size)
                    throw IntegrityErrors.WrongSize(descriptor.Digest.ToString(), descriptor.Size, "more");
                RandomAccess.Write(file, buffer.Span[..count], at);
                hash.AppendData(buffer.Span[..count]);
                at += count;
                // What an earlier build left may be wrong, which only the end tells: nobody reads it before.
                if (from == 0)
                    blob.Grow(at);
                progress(count);
            }
            blob.MayHelpToRepeat |= stream.HasResumed || stream.CameFromMirror;
            _cameFromMirror |= stream.CameFromMirror;
        }
        if (at != descriptor.Size)
            throw IntegrityErrors.WrongSize(descriptor.Digest.ToString(), descriptor.Size, at);
        found = DigestHash.Finish(hash);
        return at - from;
    }

    private void HashBeginning(SafeFileHandle file, long length, IncrementalHash hash, Span<byte> buffer)
    {
        for (long at = 0; at < length;)
        {
            context.ThrowIfCancelled();
            int count = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, length - at)], at);
            if (count == 0)
                throw new IOException("the file became shorter");
            hash.AppendData(buffer[..count]);
            at += count;
        }
    }
}
