namespace Oci.Rootfs.Guards.Counts;

/// <summary>A second extraction of the same image opens no layer and changes nothing.</summary>
internal static class NothingToDoGuard
{
    public static void Check(StraceLog log, GuardImage image, Checks checks)
    {
        SystemCall[] ours = [.. log.Calls.Where(c => c.Path.StartsWith(log.Work, StringComparison.Ordinal))];
        None("no layer is opened", c => c.IsOpen && image.Layers.ContainsKey(c.Path));
        None("nothing is made", static c => c.Makes);
        None("nothing is written", static c => c.IsWrite);
        None("nothing is changed", static c => SystemCall.Changes.Contains(c.Name));

        void None(string name, Func<SystemCall, bool> isWrong) => checks.None("nothing to do: " + name, ours.Where(isWrong).Select(static c => $"{c.Name} {c.Path}"));
    }
}
