using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Layers;

/// <summary>
/// One layer's tar in a file without a name, which ends with the process. It only saves time: without it, each image reads the blob.
/// </summary>
/// <param name="directory">Where the file is made.</param>
/// <param name="users">The number of images that have this layer.</param>
internal sealed class SharedLayer(string directory, int users) : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>Images that are not done, including the one that is being read.</summary>
    private int _users = users;
    private SafeFileHandle? _file;
    private bool _beingWritten;

    /// <summary>The length of the whole tar; -1 while the file is not complete.</summary>
    private long _length = -1;

    public Stream Open(InflationBudget budget, RootfsLog log, Func<Stream> decode)
    {
        lock (_lock)
        {
            if (_length >= 0)
            {
                log.Detail("A layer was inflated for another platform already.");
                return new Reader(new FileRangeStream(_file!, 0, _length, "a layer inflated for another platform", ownsHandle: false), budget);
            }
            if (_users < 2 || _beingWritten || (_file ??= Create()) is null)
                return decode();
            log.Detail("A layer is kept, inflated, for other platforms.");
            _beingWritten = true;
        }
        try
        {
            // Bytes of an earlier writer that broke off would show where this writer leaves zeros out.
            RandomAccess.SetLength(_file!, 0);
            return new Writer(decode(), this);
        }
        catch
        {
            End(-1);
            throw;
        }
    }

    /// <summary>Called when one more image is done with the layer.</summary>
    public void Done()
    {
        lock (_lock)
        {
            if (--_users > 0)
                return;
            _length = -1;
            _file?.Dispose();
        }
    }

    public void Dispose() => _file?.Dispose();

    private SafeFileHandle? Create()
    {
        try
        {
            return NewFile.CreateNameless(directory);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void End(long length)
    {
        lock (_lock)
        {
            _beingWritten = false;
            _length = length;
        }
    }

    /// <summary>
    /// Passes the layer on and writes it to the file. Others may read the file only after the writer has reached the layer's end, where it
    /// is verified.
    /// </summary>
    private sealed class Writer(Stream source, SharedLayer layer) : ForwardStream
    {
        private bool _writing = true;

        public override int Read(Span<byte> buffer)
        {
            int count = source.Read(buffer);
            if (_writing && count == 0 && !buffer.IsEmpty)
            {
                _writing = false;
                Extend();
            }
            else if (_writing)
            {
                Keep(buffer[..count]);
            }
            BytesRead += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                if (_writing)
                    layer.End(-1);
                source.Dispose();
            }
            base.Dispose(disposing);
        }

        /// <summary>Leaves zeros out: a layer may have more of them than the disk has room for.</summary>
        private void Keep(ReadOnlySpan<byte> bytes)
        {
            try
            {
                if (bytes.ContainsAnyExcept((byte)0))
                    RandomAccess.Write(layer._file!, bytes, BytesRead);
            }
            catch (IOException)
            {
                GiveUp();
            }
        }

        /// <summary>Extends the file to the layer's whole length, because zeros at its end were not written.</summary>
        private void Extend()
        {
            try
            {
                RandomAccess.SetLength(layer._file!, BytesRead);
                layer.End(BytesRead);
            }
            catch (IOException)
            {
                GiveUp();
            }
        }

        /// <summary>
        /// The disk is most likely full. The file's space is given back, and the other images inflate the layer themselves.
        /// </summary>
        private void GiveUp()
        {
            _writing = false;
            RandomAccess.SetLength(layer._file!, 0);
            layer.End(-1);
        }
    }

    private sealed class Reader(Stream source, InflationBudget budget) : ForwardStream
    {
        private InflationCost _cost;

        public override int Read(Span<byte> buffer)
        {
            int count = source.Read(buffer);
            BytesRead += count;
            budget.Spend(_cost.Of(buffer[..count]));
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }
    }
}
