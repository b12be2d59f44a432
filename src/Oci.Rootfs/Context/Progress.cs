using System.Globalization;

namespace Oci.Rootfs.Context;

/// <summary>
/// Says every few seconds how far a long work is, so that the log does not stand still. A work that is done before says nothing. Any thread
/// may call it.
/// </summary>
internal sealed class Progress
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private const double Megabyte = 1e6;

    private readonly RootfsLog _log;
    private readonly TimeProvider _clock;

    /// <summary>The clock's reading from which on there is something to say.</summary>
    private long _due;

    /// <summary>The clock's reading when something was said last, or at the beginning.</summary>
    private long _said;

    /// <summary>The bytes read until then.</summary>
    private long _bytesSaid;

    private readonly Lock _lock = new();

    /// <summary>The bytes that were last known to be read of each layer.</summary>
    private long[] _bytesOf = new long[8];

    /// <summary>The bytes read so far of everything.</summary>
    private long _bytes;

    public Progress(EngineContext context)
    {
        _log = context.Log;
        _clock = context.Clock;
        Restart(_clock.GetTimestamp());
    }

    /// <summary>Called often while a layer is read.</summary>
    /// <param name="layer">The layer's number, from 0.</param>
    /// <param name="layers">The number of layers.</param>
    /// <param name="bytes">The bytes of its blob that are read.</param>
    /// <param name="size">The size of the blob.</param>
    /// <param name="inflated">The bytes that came out of it.</param>
    public void Layer(int layer, int layers, long bytes, long size, long inflated)
    {
        lock (_lock)
        {
            if (layer >= _bytesOf.Length)
                Array.Resize(ref _bytesOf, Math.Max(layer + 1, 2 * _bytesOf.Length));
            // A second pass may read the same layer again.
            _bytes += bytes < _bytesOf[layer] ? bytes : bytes - _bytesOf[layer];
            _bytesOf[layer] = bytes;
            if (!IsDue(out double seconds))
                return;
            // A layer that was kept for several platforms is not read from its blob.
            string done = bytes == 0 ? $"{Megabytes(inflated)} of its contents" : Share(bytes, size);
            Say($"Layer {layer + 1} of {layers}: {done} read{Rate(seconds)}.");
        }
    }

    /// <summary>Called often while an archive is read that is compressed as a whole.</summary>
    /// <param name="name">The archive, safe to show.</param>
    /// <param name="bytes">The compressed bytes that are read.</param>
    /// <param name="size">The size of the archive.</param>
    public void Archive(string name, long bytes, long size)
    {
        lock (_lock)
        {
            _bytes = bytes;
            if (IsDue(out double seconds))
                Say($"'{name}': {Share(bytes, size)} read{Rate(seconds)}.");
        }
    }

    /// <summary>Called often while the tree is completed.</summary>
    /// <param name="done">The paths that are complete.</param>
    /// <param name="all">The paths of the tree.</param>
    public void Tree(int done, int all)
    {
        if (IsDueNow())
            Say($"Writing the tree: {done} of {all} paths done.");
    }

    /// <summary>Called often while the tree is written into archives.</summary>
    /// <param name="done">The paths that are complete.</param>
    /// <param name="all">The paths of the tree.</param>
    /// <param name="bytes">The bytes of the tar.</param>
    public void Archives(int done, int all, long bytes)
    {
        if (IsDueNow())
            Say($"Writing archives: {done} of {all} paths done, {Megabytes(bytes)} of tar.");
    }

    /// <summary>Called often while blobs are fetched.</summary>
    /// <param name="done">The blobs that are complete.</param>
    /// <param name="all">The blobs that are wanted.</param>
    /// <param name="bytes">The bytes that came.</param>
    /// <param name="size">The bytes of all blobs.</param>
    public void Blobs(int done, int all, long bytes, long size)
    {
        lock (_lock)
        {
            _bytes = bytes;
            if (IsDue(out double seconds))
                Say($"Fetching: {done} of {all} blobs, {Share(bytes, size)}{Rate(seconds)}.");
        }
    }

    private bool IsDueNow()
    {
        lock (_lock)
            return IsDue(out _);
    }

    private bool IsDue(out double seconds)
    {
        long now = _clock.GetTimestamp();
        seconds = 0;
        if (now < _due)
            return false;
        seconds = (double)(now - _said) / _clock.TimestampFrequency;
        Restart(now);
        return true;
    }

    private void Restart(long now)
    {
        _said = now;
        _due = now + (long)(Interval.TotalSeconds * _clock.TimestampFrequency);
    }

    private void Say(FormattableString text) => _log.Normal(text.ToString(CultureInfo.InvariantCulture));

    private string Rate(double seconds)
    {
        long bytes = _bytes - _bytesSaid;
        _bytesSaid = _bytes;
        return bytes > 0 ? string.Create(CultureInfo.InvariantCulture, $", {bytes / Megabyte / seconds:F1} MB/s") : "";
    }

    /// <summary>The blob may be longer than its descriptor says, which is an error only at its end.</summary>
    private static string Share(long bytes, long size) =>
        string.Create(CultureInfo.InvariantCulture, $"{(size > 0 ? Math.Min(100 * (bytes / (double)size), 100) : 100):F0} % of {Megabytes(size)}");

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / Megabyte:F1} MB");
}
