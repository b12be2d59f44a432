using System.Diagnostics;
using Oci.Rootfs.Content;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Benchmarks.Overlap;

/// <summary>An image whose layers each come at a fixed rate, by sleeping, as if a decoder on a core of its own made them.</summary>
/// <param name="image">The image.</param>
/// <param name="bytesPerSecond">The rate of each layer.</param>
internal sealed class SlowSource(ImageSource image, double bytesPerSecond) : ImageSource
{
    public override byte[] ReadIndex() => image.ReadIndex();

    public override bool HasBlob(Digest digest) => image.HasBlob(digest);

    public override Stream OpenBlob(Descriptor descriptor) =>
        descriptor.Size < 1 << 20 ? image.OpenBlob(descriptor) : new SlowStream(image.OpenBlob(descriptor), bytesPerSecond);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            image.Dispose();
    }

    private sealed class SlowStream(Stream blob, double bytesPerSecond) : ForwardStream
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public override int Read(Span<byte> buffer)
        {
            int count = blob.Read(buffer);
            BytesRead += count;
            double ahead = BytesRead / bytesPerSecond - _clock.Elapsed.TotalSeconds;
            if (ahead > 0)
                Thread.Sleep(TimeSpan.FromSeconds(ahead));
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                blob.Dispose();
            base.Dispose(disposing);
        }
    }
}
