using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>No other test may run meanwhile: this one looks at the threads of the process.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(typeof(AloneInTheProcess))]
public sealed class CancellationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancelled_at_any_message_the_destination_is_as_it_was(bool hasOld)
    {
        for (int at = 0; ; at++)
        {
            using TwoImages images = hasOld ? new TwoImages().WithOld() : new TwoImages();
            using CancellationTokenSource cancellation = new();
            int messages = 0;
            if (!Cancelled(images, cancellation, _ => CancelAt(messages++, at, cancellation)))
            {
                Assert.True(at > 2, "the token was looked at too seldom");
                images.NextBuildMakesTheNewTree();
                return;
            }
            images.ShouldBeUntouched(hasOld);
            Assert.True(hasOld || !Path.Exists(images.Out));
        }
    }

    [Fact]
    public void Cancelled_at_any_moment_the_destination_is_as_it_was_and_no_thread_is_left()
    {
        using TwoImages images = new TwoImages().WithOld();
        int cancelled = 0;
        for (int microseconds = 0; microseconds < 60_000; microseconds += 1000)
        {
            using CancellationTokenSource cancellation = new();
            // The first is cancelled for certain; of the others, those that the machine is not too fast or too slow for.
            if (microseconds == 0)
                cancellation.Cancel();
            else
                cancellation.CancelAfter(TimeSpan.FromMicroseconds(microseconds));
            if (Cancelled(images, cancellation, null))
            {
                cancelled++;
                images.ShouldBeUntouched(hadOld: true);
            }
            else
            {
                Assert.True(images.IsNew());
                images.WithOld();
            }
        }

        Assert.True(cancelled > 0);
        SpinWait.SpinUntil(static () => !LeftBehind.Threads().Any(), TimeSpan.FromSeconds(30));
        Assert.Empty(LeftBehind.Threads());
        images.NextBuildMakesTheNewTree();
    }

    [Fact]
    public void A_build_that_waits_for_another_one_can_be_cancelled()
    {
        using TwoImages images = new TwoImages().WithOld();
        using System.Diagnostics.Process other = Command.Start("flock", Path.Combine(images.Out, ".rootfs.oci"), "sh", "-c", "echo locked; exec sleep 1000");
        try
        {
            Assert.Equal("locked", other.StandardOutput.ReadLine());
            using CancellationTokenSource cancellation = new();
            Assert.True(Cancelled(images, cancellation, message => CancelIf(message.Text.StartsWith("Waiting", StringComparison.Ordinal), cancellation)));
            images.ShouldBeUntouched(hadOld: true);
        }
        finally
        {
            other.Kill(entireProcessTree: true);
        }
        other.WaitForExit(TimeSpan.FromSeconds(30));
        images.NextBuildMakesTheNewTree();
    }

    private static bool Cancelled(TwoImages images, CancellationTokenSource cancellation, Action<RootfsMessage>? log)
    {
        try
        {
            RootfsExtractor.Extract(images.Request with { Log = log }, cancellation.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private static void CancelAt(int message, int at, CancellationTokenSource cancellation) => CancelIf(message == at, cancellation);

    private static void CancelIf(bool now, CancellationTokenSource cancellation)
    {
        if (now)
            cancellation.Cancel();
    }
}
