using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// What the extractions of one tree have learnt about metadata that can't be set. Each refused extraction adds a kind, and the next one
/// starts with a policy without that kind. So there is at most one extraction a kind, and one more.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class WayBack(Ownership ownership, bool makeWritable, Privileges privileges)
{
    private readonly List<RefusedException> _refused = [];

    /// <summary>Kinds that a trial could set but the extraction could not.</summary>
    private readonly bool[] _withoutTrial = new bool[OwnershipPolicy.Kinds];

    /// <exception cref="OciException">
    /// With <c>Preserve</c>: a kind that every tree needs can't be set. So the engine need not read any layer.
    /// </exception>
    public OwnershipPolicy Decide(DirectoryHandle staging)
    {
        OwnershipPolicy policy = new OwnershipProbe(ownership, privileges, staging, [.. _refused.Select(static r => r.Demand)]).Decide(makeWritable);
        Array.Clear(_withoutTrial);
        foreach (RefusedException refused in _refused)
        {
            Settable kind = refused.Demand.Kind;
            if (!policy.Can(kind))
                continue;
            OwnershipPolicy before = policy;
            policy = policy.Without(kind, refused.Why);
            // Without owners there are no setuid bits either, for example. So no trial finds these missing.
            for (Settable lost = 0; (int)lost < OwnershipPolicy.Kinds; lost++)
                _withoutTrial[(int)lost] |= before.Can(lost) && !policy.Can(lost);
        }
        if (ownership == Ownership.Preserve)
        {
            RequireForAll(policy, Settable.Owners);
            RequireForAll(policy, Settable.Modes);
        }
        return policy;
    }

    /// <exception cref="OciException">With <c>Preserve</c>: the tree needs something that can't be set.</exception>
    public RecordedOnly Record(RootfsTree tree, OwnershipPolicy policy)
    {
        RecordedOnly recorded = new(tree, policy);
        if (ownership == Ownership.Preserve)
            recorded.RefuseAny();
        return recorded;
    }

    /// <exception cref="OciException">
    /// The engine can't just record it: <c>Preserve</c> forbids that, or the same kind was refused before.
    /// </exception>
    public void Add(RefusedException refused)
    {
        if (ownership == Ownership.Preserve || _refused.Any(r => r.Demand.Kind == refused.Demand.Kind))
            throw refused.ToError();
        _refused.Add(refused);
    }

    /// <summary>
    /// The demands that a later build tries again. If one of them can then be set, that build makes the tree anew. Demands that only an
    /// extraction can find out are not among them.
    /// </summary>
    public IReadOnlyList<string> ToTryAgain(RecordedOnly recorded)
    {
        List<string> demands = [];
        for (Settable kind = 0; (int)kind < OwnershipPolicy.Kinds; kind++)
        {
            if (recorded.Lacks(kind) && !_withoutTrial[(int)kind])
                demands.Add((_refused.Find(r => r.Demand.Kind == kind)?.Demand ?? Demand.Any(kind)).ToString());
        }
        return demands;
    }

    private static void RequireForAll(OwnershipPolicy policy, Settable kind)
    {
        if (!policy.Can(kind))
            throw DiskErrors.CannotPreserve(Demand.Any(kind).What, policy.WhyNot(kind), null);
    }

    /// <summary>Whether this process can now set something that it could not when it made a tree.</summary>
    /// <param name="lacks">The demands as <see cref="ToTryAgain"/> returned them.</param>
    /// <param name="ownership">The policy that the user asked for.</param>
    /// <param name="privileges">The privileges of this process. Without the right ones the engine tries nothing.</param>
    /// <param name="makeStaging">Makes a private directory for the trial.</param>
    public static bool IsMorePossible(IEnumerable<string> lacks, Ownership ownership, Privileges privileges, Func<DirectoryHandle> makeStaging)
    {
        Demand[] demands = [.. lacks.Select(Demand.Parse).OfType<Demand>().Where(d => OwnershipProbe.WhyNot(d.Kind, ownership, privileges) is null)];
        if (demands.Length == 0)
            return false;
        using DirectoryHandle staging = makeStaging();
        OwnershipPolicy now = new OwnershipProbe(ownership, privileges, staging, demands).Decide(makeWritable: false);
        return demands.Any(d => now.Can(d.Kind));
    }
}
