using Oci.Rootfs.Guards;
using Oci.Rootfs.Guards.Counts;
using Oci.Rootfs.Guards.Memory;

// counts RUNNER
// memory [--all] RUNNER FUZZ
// RUNNER is Oci.Rootfs.Runner.dll and FUZZ is Oci.Rootfs.Fuzz.dll, each of a release build.
// One line for each check, "ok ..." or "FAIL ..."; the last line is "N passed, N failed". Exit code 0: no check failed.
Checks checks = new();
try
{
    switch (args)
    {
        case ["counts", string runner]:
            CountGuards.Run(Path.GetFullPath(runner), checks);
            break;
        case ["memory", string runner, string fuzz]:
            MemoryGuards.Run(Path.GetFullPath(runner), Path.GetFullPath(fuzz), HostileImage.Quick, checks);
            break;
        case ["memory", "--all", string runner, string fuzz]:
            MemoryGuards.Run(Path.GetFullPath(runner), Path.GetFullPath(fuzz), HostileImage.All, checks);
            break;
        default:
            Console.Error.WriteLine("counts RUNNER | memory [--all] RUNNER FUZZ");
            return 2;
    }
}
catch (CommandException e)
{
    // The checks that would have come after it are not counted; this one failure makes the whole run fail.
    checks.Fail(e.Message);
}
return checks.Finish();
