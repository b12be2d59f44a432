using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Store;

/// <summary>
/// A blob that one thread fetches while others already read it. Readers follow the file that grows; what they read is verified by them, as
/// any blob is.
/// </summary>
internal sealed class GrowingBlob(Descriptor blob)
{
    private readonly object _lock = new();
    private SafeFileHandle? _file;
    private IDisposable? _owner;

    /// <summary>The fetching thread and the readers. The last one closes the file.</summary>
    private int _users = 1;
    private long _length;
    private bool _isComplete;
    private Exception? _failure;

    public Descriptor Descriptor => blob;

    /// <summary>Whether it is complete and verified.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
                return _isComplete;
        }
    }

    /// <summary>Whether the bytes are in doubt, because they came by several connections or from a mirror: another try may bring the right ones.</summary>
    public bool MayHelpToRepeat { get; set; }

    /// <summary>Opens the blob from its beginning. The stream waits for bytes that are not there yet.</summary>
    /// <param name="cancellation">Ends a wait.</param>
    /// <returns>Null where the blob is complete already, and lies in the store.</returns>
    public Stream? OpenRead(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_isComplete)
                return null;
            _users++;
            return new Follower(this, cancellation);
        }
    }

    /// <summary>The file that is to have the blob. It is closed when nobody needs it.</summary>
    public void Take(SafeFileHandle file, IDisposable owner)
    {
        lock (_lock)
            (_file, _owner) = (file, owner);
    }

    /// <summary>So many bytes are there, and readers may have them.</summary>
    public void Grow(long length)
    {
        lock (_lock)
        {
            _length = length;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>All bytes are there and right. The fetching thread is done with it.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            (_isComplete, _length) = (true, blob.Size);
            Monitor.PulseAll(_lock);
        }
        Leave();
    }

    /// <summary>The fetching thread has failed, and is done with it.</summary>
    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure = failure;
            Monitor.PulseAll(_lock);
        }
        Leave();
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="OciException">The blob can't be fetched.</exception>
    public void Wait(CancellationToken cancellation)
    {
        using CancellationTokenRegistration waking = cancellation.Register(Wake);
        lock (_lock)
        {
            while (!_isComplete && _failure is null && !cancellation.IsCancellationRequested)
                Monitor.Wait(_lock);
        }
        cancellation.ThrowIfCancellationRequested();
        ThrowIfFailed();
    }

    private void ThrowIfFailed()
    {
        if (_failure is OciException e)
            throw e.At();
        if (_failure is not null)
            throw new OperationCanceledException("The other thread was cancelled.", _failure);
    }

    private void Wake()
    {
        lock (_lock)
            Monitor.PulseAll(_lock);
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_users == 0)
                _owner?.Dispose();
        }
    }

    private int Read(long position, Span<byte> buffer, CancellationToken cancellation)
    {
        SafeFileHandle file;
        lock (_lock)
        {
            while (_length <= position && !_isComplete && _failure is null && !cancellation.IsCancellationRequested)
                Monitor.Wait(_lock);
            cancellation.ThrowIfCancellationRequested();
            ThrowIfFailed();
            if (_length <= position)
                return 0;
            file = _file!;
            buffer = buffer[..(int)Math.Min(buffer.Length, _length - position)];
        }
        return RandomAccess.Read(file, buffer, position);
    }

    private sealed class Follower : ForwardStream
    {
        private readonly GrowingBlob _blob;
        private readonly CancellationToken _cancellation;
        private readonly CancellationTokenRegistration _waking;
        private bool _isDisposed;

        public Follower(GrowingBlob blob, CancellationToken cancellation)
        {
            (_blob, _cancellation) = (blob, cancellation);
            _waking = cancellation.Register(blob.Wake);
        }

        public override int Read(Span<byte> buffer)
        {
            int count = _blob.Read(BytesRead, buffer, _cancellation);
            BytesRead += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isDisposed)
            {
                _isDisposed = true;
                _waking.Dispose();
                _blob.Leave();
            }
            base.Dispose(disposing);
        }
    }
}
