using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// What extractions of one tree have learnt of what can't be set. Each that was refused something adds it, and the next starts with a
/// policy that has none of its kind: so there are at most as many as there are kinds, and one.
/// </summary>
internal sealed class WayBack(Ownership ownership, bool makeWritable, Privileges privileges)
{
    private static readonly Settable[] NeededByAll = [Settable.Owners, Settable.Modes];

    private readonly List<RefusedException> _refused = [];

    /// <summary>Kinds that a trial finds possible although the extraction was refused them.</summary>
    private readonly HashSet<Settable> _withoutTrial = [];

    /// <exception cref="OciException">With <c>Preserve</c>: what every tree needs can't be set, and nothing need be read.</exception>
    public OwnershipPolicy Decide(DirectoryHandle staging)
    {
        OwnershipPolicy policy = new OwnershipProbe(ownership, privileges, staging, [.. _refused.Select(static r => r.Demand)]).Decide(makeWritable);
        _withoutTrial.Clear();
        foreach (RefusedException refused in _refused)
        {
            Settable kind = refused.Demand.Kind;
            if (!policy.Can(kind))
                continue;
            _withoutTrial.Add(kind);
            policy = policy.Without(kind, refused.Why);
        }
        foreach (Settable kind in ownership == Ownership.Preserve ? NeededByAll : [])
        {
            if (!policy.Can(kind))
                throw DiskErrors.CannotPreserve(Demand.Any(kind).What, policy.WhyNot(kind), null);
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

    /// <exception cref="OciException">It can't be recorded only: <c>Preserve</c> forbids that, or it was refused before.</exception>
    public void Add(RefusedException refused)
    {
        if (ownership == Ownership.Preserve || _refused.Any(r => r.Demand.Kind == refused.Demand.Kind))
            throw refused.ToError();
        _refused.Add(refused);
    }

    /// <summary>What is tried again by a later build, which makes the tree anew when it can be had: not what only an extraction finds out.</summary>
    public IReadOnlyList<string> ToTryAgain(RecordedOnly recorded) =>
    [
        .. from kind in recorded.Lacking
           where !_withoutTrial.Contains(kind)
           from demand in _refused.Select(static r => r.Demand).Where(d => d.Kind == kind).DefaultIfEmpty(Demand.Any(kind))
           select demand.ToString(),
    ];

    /// <summary>Whether something can be set now that could not be when a tree was made.</summary>
    /// <param name="lacks">As <see cref="ToTryAgain"/> gave it.</param>
    /// <param name="ownership">As asked for.</param>
    /// <param name="privileges">Without which nothing is tried.</param>
    /// <param name="makeStaging">Makes a private directory to try in.</param>
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
