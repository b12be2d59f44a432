using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// Counts what the engine asks of the system. One image of several layers is extracted under strace, and once more with nothing to do; then the
/// same with archives of the tree, beside a directory and alone.
/// Then the engine, compiled ahead of time, does both again while the guard counts what is compiled all the same, and a last time while
/// the guard counts the bytes of large objects. Small images show which decoders are loaded. No time is measured: nothing here depends on the machine or on what else it does.
/// </summary>
internal static class CountGuards
{
    public static void Run(string runner, Checks checks)
    {
        using WorkDirectory work = new();
        GuardImage image = GuardImage.Write(work["image"]);
        ExtractionGuard.Check(StraceLog.Of(runner, image, work, Extraction.Done), image, checks);
        NothingToDoGuard.Check(StraceLog.Of(runner, image, work, Extraction.UpToDate), image, checks);
        Extraction.RemoveTree(work);
        LayersAtOnceGuard.Check(runner, image, work, checks);
        Extraction.RemoveTree(work);
        UpdateGuard.Check(runner, image, work, checks);
        ArchiveGuard.Check(runner, image, work, checks);
        string compiledRunner = Publish(work);
        CompilationGuard.Check(compiledRunner, image, work, checks);
        Extraction.RemoveTree(work);
        LargeObjectGuard.Check(compiledRunner, image, work, checks);
        ManagedZstdGuard.Check(compiledRunner, work, checks);
    }

    /// <summary>The runner with ReadyToRun code, as the package has it.</summary>
    private static string Publish(WorkDirectory work)
    {
        string architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        Command.Run("dotnet",
            [
                "publish", RunnerProject(), "-c", "Release", "-o", work["compiled"], "-nodeReuse:false",
                "-r", "linux-" + architecture, "--self-contained", "false", "-p:PublishReadyToRun=true",
            ])
            .Expect(0);
        return Path.Combine(work["compiled"], "Oci.Rootfs.Runner.dll");
    }

    private static string RunnerProject([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../Oci.Rootfs.Runner"));
}
