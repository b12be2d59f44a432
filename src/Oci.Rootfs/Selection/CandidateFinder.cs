using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>
/// Walks the index and the indexes in it, in their order, and gathers the manifests that the reference allows. Opens only indexes,
/// and of those only the ones that can matter.
/// </summary>
internal sealed class CandidateFinder(ImageSource source, ReferenceRequest? reference, EngineContext context)
{
    private const string RefName = "org.opencontainers.image.ref.name";
    private const string ImageName = "io.containerd.image.name";
    private const string DockerReferenceType = "vnd.docker.reference.type";

    /// <summary>Descriptors are cheap to list a second time: an index may be in many others. So they are bounded too.</summary>
    private const int DescriptorsPerIndex = 100;

    private const int MostOtherTypes = 10;

    private static readonly string[] NameKeys = [ImageName, RefName];

    /// <summary>Of names that fit better or worse, those found so far that fit best.</summary>
    private readonly List<Candidate> _found = [];
    private int _bestFit;
    private readonly Stack<Node> _open = new();
    private readonly SortedSet<string> _otherTypes = new(StringComparer.Ordinal);
    private int _indexes;
    private long _descriptors;

    /// <summary>What an index led to that has not been looked at yet.</summary>
    private sealed record Node(Descriptor Descriptor, IReadOnlyList<string> Names, int Fit, int Depth);

    /// <summary>All manifests, for a message that says what there is. Absent nested indexes are left out.</summary>
    public static IReadOnlyList<Candidate> All(ImageSource source, EngineContext context) =>
        new CandidateFinder(source, null, context.Quiet).Find();

    /// <summary>Media types found that are no image's; a few of them.</summary>
    public IReadOnlyCollection<string> OtherTypes => _otherTypes;

    /// <summary>In the index's order. Of names that fit better or worse, only the best.</summary>
    public IReadOnlyList<Candidate> Find()
    {
        IndexDocument top = IndexDocument.Parse(source.ReadIndex(), "index.json", null, context);
        Push(top, [], reference is null ? 1 : 0, 1);
        while (_open.TryPop(out Node? node))
            Visit(node);
        return _found;
    }

    private void Found(Candidate candidate, int fit)
    {
        if (fit > _bestFit)
            _found.Clear();
        _bestFit = Math.Max(fit, _bestFit);
        if (fit == _bestFit)
            _found.Add(candidate);
    }

    private void Visit(Node node)
    {
        Descriptor descriptor = node.Descriptor;
        IReadOnlyList<string> names = node.Names.Count > 0 ? node.Names : NamesOf(descriptor);
        int fit = node.Fit;
        if (reference is not null)
            fit = Math.Max(fit, reference.Digest is { } digest ? (descriptor.Digest == digest ? 2 : 0) : names.Select(reference.Fit).DefaultIfEmpty(0).Max());
        if (MediaTypes.IsIndex(descriptor.MediaType))
            VisitIndex(node, names, fit);
        else if (!MediaTypes.IsManifest(descriptor.MediaType))
            VisitOther(descriptor, fit);
        else if (fit > 0 && !IsAttestation(descriptor))
            Found(new Candidate(descriptor, names, descriptor.Platform), fit);
    }

    private void VisitIndex(Node node, IReadOnlyList<string> names, int fit)
    {
        // A named index that does not fit is not what was asked for, and neither is anything in it: image-layout.md gives names to
        // the top index's descriptors only. A digest may be anywhere.
        if (fit == 0 && names.Count > 0 && reference?.Digest is null)
            return;
        string digest = node.Descriptor.Digest.ToString();
        if (!source.HasBlob(node.Descriptor.Digest))
        {
            context.Log.Detail($"The index {digest} is not in the image and is skipped.");
            return;
        }
        if (node.Depth >= context.Limits.MaxIndexDepth)
            throw LimitErrors.IndexDepth(digest, context.Limits.MaxIndexDepth);
        if (++_indexes > context.Limits.MaxIndexes)
            throw LimitErrors.Indexes(context.Limits.MaxIndexes);
        IndexDocument index = IndexDocument.Parse(BlobReader.ReadAll(source, node.Descriptor, context), digest, node.Descriptor.MediaType, context);
        Push(index, names, fit, node.Depth + 1);
    }

    private void VisitOther(Descriptor descriptor, int fit)
    {
        if (reference?.Digest == descriptor.Digest)
            throw SelectionErrors.NotAManifest(descriptor.Digest.ToString(), descriptor.MediaType);
        if (_otherTypes.Count < MostOtherTypes)
            _otherTypes.Add(descriptor.MediaType);
        if (fit > 0)
            context.Log.Detail($"{descriptor.Digest} is of media type {SafeText.Show(descriptor.MediaType)} and is skipped.");
    }

    private void Push(IndexDocument index, IReadOnlyList<string> names, int fit, int depth)
    {
        _descriptors += index.Manifests.Count;
        if (_descriptors > (long)context.Limits.MaxIndexes * DescriptorsPerIndex)
            throw LimitErrors.Indexes(context.Limits.MaxIndexes);
        foreach (Descriptor descriptor in index.Manifests.Reverse())
            _open.Push(new Node(descriptor, names, fit, depth));
    }

    private static List<string> NamesOf(Descriptor descriptor)
    {
        List<string> names = [];
        foreach (string key in NameKeys)
        {
            if (descriptor.Annotations.GetValueOrDefault(key) is { Length: > 0 } name)
                names.Add(name);
        }
        return names;
    }

    /// <summary>What buildkit lists beside the images that it is about (rule 93).</summary>
    private static bool IsAttestation(Descriptor descriptor) =>
        descriptor.Annotations.ContainsKey(DockerReferenceType) || descriptor.Platform is { Os: "unknown", Architecture: "unknown" };
}
