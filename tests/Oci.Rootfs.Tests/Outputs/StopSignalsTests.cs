using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;

namespace Oci.Rootfs.Tests.Outputs;

public sealed class StopSignalsTests
{
    [Theory]
    [InlineData(null, "SIGTERM")]
    [InlineData("SIGQUIT", "SIGQUIT")]
    [InlineData("quit", "SIGQUIT")]
    [InlineData("SigWinch", "SIGWINCH")]
    [InlineData("CLD", "SIGCLD")]
    [InlineData("15", "15")]
    [InlineData("015", "15")]
    [InlineData("1", "1")]
    [InlineData("64", "64")]
    [InlineData("SIGRTMIN", "SIGRTMIN+0")]
    [InlineData("SIGRTMIN+3", "SIGRTMIN+3")]
    [InlineData("rtmin+30", "SIGRTMIN+30")]
    [InlineData("RTMAX", "SIGRTMAX-0")]
    [InlineData("SIGRTMAX-30", "SIGRTMAX-30")]
    public void A_signal_is_written_as_LXC_reads_it(string? signal, string expected) => Assert.Equal(expected, StopSignals.Normalise(signal));

    /// <summary>LXC takes 0 and 65 without a word.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("+15")]
    [InlineData(" 15")]
    [InlineData("15 ")]
    [InlineData("99999999999999999999")]
    [InlineData("SIG")]
    [InlineData("SIG15")]
    [InlineData("SIGFOO")]
    [InlineData("SIGSIGTERM")]
    [InlineData("SIGTERM\nlxc.hook.start-host = /bin/sh")]
    [InlineData("SIGRTMIN-1")]
    [InlineData("SIGRTMIN+31")]
    [InlineData("SIGRTMIN+")]
    [InlineData("SIGRTMIN+ 1")]
    [InlineData("SIGRTMIN++1")]
    [InlineData("SIGRTMAX+1")]
    [InlineData("SIGRTMAX-31")]
    [InlineData("\u017fIGTERM")]
    public void Anything_else_is_an_error_that_shows_it(string signal)
    {
        OciException error = Assert.Throws<OciException>(() => StopSignals.Normalise(signal));

        Assert.Equal("OCI6016", error.Code);
        Assert.DoesNotContain('\n', error.Message);
    }
}
