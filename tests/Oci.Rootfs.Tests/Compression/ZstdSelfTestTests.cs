using Oci.Rootfs.Compression;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Compression;

public sealed class ZstdSelfTestTests
{
    [Fact]
    public void The_managed_decoder_passes() => Assert.True(ZstdSelfTest.Passes(static windowLog => new ManagedZstd(windowLog)));

    [Fact]
    public void A_decoder_without_a_limit_of_windows_does_not_pass() => Assert.False(ZstdSelfTest.Passes(static _ => new ManagedZstd(31)));

    [Fact]
    public void A_decoder_that_accepts_a_wrong_checksum_does_not_pass() =>
        Assert.False(ZstdSelfTest.Passes(static windowLog => new Odd(windowLog) { AcceptsDamage = true }));

    [Fact]
    public void A_decoder_that_makes_other_bytes_does_not_pass() => Assert.False(ZstdSelfTest.Passes(static windowLog => new Odd(windowLog) { TurnsABit = true }));

    [Fact]
    public void A_library_that_is_not_there_does_not_pass() => Assert.False(ZstdSelfTest.Passes(static _ => throw new DllNotFoundException()));

    private sealed class Odd(int windowLog) : IZstdDecoder
    {
        private readonly ManagedZstd _decoder = new(windowLog);

        public bool AcceptsDamage { get; init; }

        public bool TurnsABit { get; init; }

        public bool Decode(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced)
        {
            try
            {
                bool ended = _decoder.Decode(input, out consumed, output, out produced);
                if (TurnsABit && produced > 0)
                    output[0] ^= 1;
                return ended;
            }
            catch (OciException e) when (AcceptsDamage && e.Code == "OCI3004")
            {
                (consumed, produced) = (input.Length, 0);
                return true;
            }
        }

        public void Dispose() => _decoder.Dispose();
    }
}
