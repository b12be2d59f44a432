using System.Globalization;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Faults;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Os;

/// <summary>The engine's threads: what becomes of their errors, and how the kernel treats them.</summary>
public sealed class WorkerThreadTests
{
    /// <summary>Counted from 1, proc_pid_stat(5).</summary>
    private const int PolicyField = 41;

    private const int Batch = 3;

    [Fact]
    public void What_the_work_throws_reaches_its_owner()
    {
        using WorkerThread work = new("test", () => throw new InvalidDataException("of the thread"));

        Assert.Equal("of the thread", Assert.Throws<InvalidDataException>(work.Finish).Message);
    }

    [Fact]
    public void A_thread_does_not_interrupt_the_one_that_hands_it_data()
    {
        Assert.SkipUnless(Command.Run("chrt", "--batch", "0", "true").ExitCode == 0, "threads can't choose their policy here");
        int policy = -1;
        using WorkerThread work = new("test", () => policy = Policy());
        work.Finish();

        Assert.Equal(Batch, policy);
        Assert.NotEqual(Batch, Policy());
    }

    [Fact]
    public void In_a_build_that_is_to_be_in_nobodys_way_no_thread_pushes_itself_forward()
    {
        Strace.SkipUnlessUsable();
        using Scenario s = new Scenario().With(Of(File("f", "1")));
        string log = s["policies"];
        CommandResult result = Command.Run(
            "strace", ["-f", "-qqq", "-o", log, "-e", "trace=sched_setscheduler", "chrt", "--idle", "0", .. Command.RunnerCommand("extract", s.Image, s.Rootfs)]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("SCHED_IDLE", System.IO.File.ReadAllText(log), StringComparison.Ordinal);
        Assert.DoesNotContain("SCHED_BATCH", System.IO.File.ReadAllText(log), StringComparison.Ordinal);
    }

    /// <summary>Of this thread, whose name may have spaces in it.</summary>
    private static int Policy()
    {
        string stat = System.IO.File.ReadAllText("/proc/thread-self/stat");
        string[] fromThird = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return int.Parse(fromThird[PolicyField - 3], CultureInfo.InvariantCulture);
    }
}
