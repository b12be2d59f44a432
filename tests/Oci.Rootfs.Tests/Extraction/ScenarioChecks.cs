namespace Oci.Rootfs.Tests.Extraction;

/// <summary>So that a test of a rule reads as one sentence: these layers, then this tree.</summary>
public static class ScenarioChecks
{
    /// <summary>Extracts; the tree is its root (0755) and these lines of <see cref="DiskTree.Of"/>.</summary>
    public static Scenario Gives(this Scenario scenario, params string[] tree)
    {
        scenario.Extract();
        Assert.Equal([.. tree.Append("d 755").Order(StringComparer.Ordinal)], DiskTree.Of(scenario.Rootfs));
        scenario.ShouldHaveNoLitter();
        return scenario;
    }

    public static Scenario AndReads(this Scenario scenario, string path, string content)
    {
        Assert.Equal(content, scenario.Read(path));
        return scenario;
    }

    /// <summary>The codes of the warnings, in order.</summary>
    public static Scenario AndWarns(this Scenario scenario, params string[] codes)
    {
        Assert.Equal(codes, scenario.Messages.Where(static m => m.Kind == RootfsMessageKind.Warning).Select(static m => m.Code!));
        return scenario;
    }
}
