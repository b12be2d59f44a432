using System.Globalization;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>
/// Walks the index and the indexes in it, in their order, and gathers the manifests that the reference allows. It opens only indexes that
/// can matter, and each once.
/// </summary>
internal sealed class CandidateFinder(ImageSource source, ReferenceRequest? reference, EngineContext context)
{
    /// <summary>
    /// Bounds the descriptors too: one index may be in many others, and listing its descriptors again costs an image nothing.
    /// </summary>
    private const int DescriptorsPerIndex = 100;

    private const int MostOtherTypes = 10;
    private const int MostSkippedTold = 10;

    /// <summary>The manifests whose names fit best so far.</summary>
    private readonly List<Candidate> _found = [];
    private int _bestFit;
    private readonly Stack<Node> _open = new();
    private readonly Dictionary<Digest, IndexDocument> _read = [];
    private readonly HashSet<Visited> _visited = [];
    private readonly SortedSet<string> _otherTypes = new(StringComparer.Ordinal);
    private int _indexes;
    private long _descriptors;
    private int _skipped;

    /// <summary>A descriptor from an index that has not been visited yet.</summary>
    private sealed record Node(Descriptor Descriptor, DescriptorNames Names, int Fit, int Depth);

    /// <summary>The same index under other names, or with a better fit, gives other candidates, so it is visited again.</summary>
    private sealed record Visited(Digest Digest, DescriptorNames Names, int Fit);

    /// <summary>All manifests, for a message that lists them. Nested indexes that are not in the image are left out.</summary>
    public static IReadOnlyList<Candidate> All(ImageSource source, EngineContext context) =>
        new CandidateFinder(source, null, context.Quiet).Find();

    /// <summary>A few of the media types that are no image's.</summary>
    public IReadOnlyCollection<string> OtherTypes => _otherTypes;

    /// <summary>Returns the manifests that fit best, in the index's order.</summary>
    public IReadOnlyList<Candidate> Find()
    {
        byte[] bytes = source.ReadIndex();
        source.CountDocument(bytes.Length, context);
        Push(IndexDocument.Parse(bytes, "index.json", null, context), DescriptorNames.None, reference is null ? 1 : 0, 1);
        while (_open.TryPop(out Node? node))
        {
            context.ThrowIfCancelled();
            Visit(node);
        }
        if (_skipped > MostSkippedTold)
            context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"{_skipped - MostSkippedTold} more descriptors are skipped."));
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
        DescriptorNames names = node.Names != DescriptorNames.None ? node.Names : descriptor.Names;
        int fit = Math.Max(node.Fit, FitOf(descriptor, names));
        if (MediaTypes.IsIndex(descriptor.MediaType))
            VisitIndex(node, names, fit);
        else if (!MediaTypes.IsManifest(descriptor.MediaType))
            VisitOther(descriptor, fit);
        else if (fit > 0 && !IsAttestation(descriptor))
            Found(new Candidate(descriptor, Listed(names), descriptor.Platform), fit);
    }

    private int FitOf(Descriptor descriptor, DescriptorNames names)
    {
        if (reference is null)
            return 0;
        if (reference.Digest is { } digest)
            return descriptor.Digest == digest ? 2 : 0;
        return Math.Max(names.Full is null ? 0 : reference.Fit(names.Full), names.Short is null ? 0 : reference.Fit(names.Short));
    }

    private void VisitIndex(Node node, DescriptorNames names, int fit)
    {
        // A named index that does not fit can't contain what the user asked for: image-layout.md gives names to the top index's descriptors
        // only. A digest may be anywhere.
        if (fit == 0 && names != DescriptorNames.None && reference?.Digest is null)
            return;
        Digest digest = node.Descriptor.Digest;
        if (!source.HasBlob(digest))
        {
            TellSkipped($"The index {digest} is not in the image and is skipped.");
            return;
        }
        if (!_visited.Add(new Visited(digest, names, fit)))
            return;
        if (node.Depth >= context.Limits.MaxIndexDepth)
            throw LimitErrors.IndexDepth(digest.ToString(), context.Limits.MaxIndexDepth);
        if (++_indexes > context.Limits.MaxIndexes)
            throw TooMany();
        if (!_read.TryGetValue(digest, out IndexDocument? index))
        {
            index = IndexDocument.Parse(BlobReader.ReadAll(source, node.Descriptor, context), digest.ToString(), node.Descriptor.MediaType, context);
            _read.Add(digest, index);
        }
        Push(index, names, fit, node.Depth + 1);
    }

    private void VisitOther(Descriptor descriptor, int fit)
    {
        if (reference?.Digest == descriptor.Digest)
            throw SelectionErrors.NotAManifest(descriptor.Digest.ToString(), descriptor.MediaType);
        if (_otherTypes.Count < MostOtherTypes)
            _otherTypes.Add(descriptor.MediaType);
        if (fit > 0)
            TellSkipped($"{descriptor.Digest} is of media type {SafeText.Show(descriptor.MediaType)} and is skipped.");
    }

    private void TellSkipped(string text)
    {
        if (++_skipped <= MostSkippedTold)
            context.Log.Detail(text);
    }

    private void Push(IndexDocument index, DescriptorNames names, int fit, int depth)
    {
        _descriptors += index.Manifests.Count;
        if (_descriptors > (long)context.Limits.MaxIndexes * DescriptorsPerIndex)
            throw TooMany();
        foreach (Descriptor descriptor in index.Manifests.Reverse())
            _open.Push(new Node(descriptor, names, fit, depth));
    }

    /// <summary>A Reference helps because the finder then skips indexes of other names.</summary>
    private OciException TooMany() => LimitErrors.Indexes(context.Limits.MaxIndexes, referenceHelps: reference is null);

    private static IReadOnlyList<string> Listed(DescriptorNames names) => (names.Full, names.Short) switch
    {
        (null, null) => [],
        (null, { } name) => [name],
        ({ } name, null) => [name],
        ({ } full, { } tag) => [full, tag],
    };

    /// <summary>Tells whether buildkit listed this beside the image that it describes (rule 93).</summary>
    private static bool IsAttestation(Descriptor descriptor) => descriptor.IsReference || descriptor.Platform is { Os: "unknown", Architecture: "unknown" };
}
