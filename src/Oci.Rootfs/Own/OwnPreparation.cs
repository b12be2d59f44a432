using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Own;

/// <summary>
/// Looks at the user's own files before anything else is done: refuses what can't be, and finds lengths, modes and digests, which are part
/// of every key.
/// </summary>
internal static class OwnPreparation
{
    /// <returns>The request with its own files ready. Without any, the keys are those of a request without own files.</returns>
    /// <exception cref="OciException">OCI6402, OCI6404, OCI6406 to OCI6409, OCI6412, OCI6414.</exception>
    public static RootfsRequest Prepare(RootfsRequest request, EngineContext context)
    {
        if (request.Own is not { } own || own.IsEmpty)
            return request with { Own = null };
        Check(own);
        OwnDigests digests = new(own.DigestCache, context);
        List<OwnNode> nodes = [];
        foreach (OwnNode node in LastOfEach(own.Nodes, context))
            nodes.Add(node is OwnFileNode file ? Prepare(file, digests) : node);
        if (!request.FailIfNotUpToDate)
            digests.Write();
        OwnFiles prepared = own with { Nodes = nodes };
        return request with { Own = prepared with { Key = KeyOf(prepared, withContents: true), AskedKey = KeyOf(own, withContents: false) } };
    }

    private static OwnFileNode Prepare(OwnFileNode node, OwnDigests digests)
    {
        using SafeFileHandle file = OwnSource.Open(node);
        uint mode = node.Mode ?? OwnSource.ModeOf(node, file);
        (long size, string digest) = digests.Of(node, file);
        return node with { Mode = mode, Size = size, Digest = digest };
    }

    private static void Check(OwnFiles own)
    {
        foreach (string pattern in own.Remove)
            PathPattern.Parse(pattern);
        foreach (string pattern in own.Keep)
            PathPattern.Parse(pattern);
        foreach (OwnNode node in own.Nodes)
        {
            if (OwnPath.Components(node.Path).Count == 0 && node is not OwnDirectoryNode)
                throw OwnErrors.BadPath(node.Path, "a path below the root");
            if (node is OwnSymlinkNode link)
                OwnPath.LinkTarget(link.Path, link.Target);
            foreach (string? owner in (string?[])[node.Owner, node.Group, node.DirectoryOwner, node.DirectoryGroup])
            {
                if (owner is not null)
                    OwnerNames.Check(node.Path, owner);
            }
        }
    }

    /// <summary>Of two of a kind with one path, the later one counts. Nobody reads the other.</summary>
    private static List<OwnNode> LastOfEach(IReadOnlyList<OwnNode> nodes, EngineContext context)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<OwnNode> last = [];
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            StringBuilder path = new(nodes[i].GetType().Name);
            foreach (byte[] component in OwnPath.Components(nodes[i].Path))
                path.Append('/').Append(Encoding.UTF8.GetString(component));
            if (seen.Add(path.ToString()))
                last.Add(nodes[i]);
            else
                OwnErrors.TellReplaced(context.Log, nodes[i].Path);
        }
        last.Reverse();
        return last;
    }

    /// <summary>No text in it has a NUL, and every node has as many: two different requests have different keys.</summary>
    private static string KeyOf(OwnFiles own, bool withContents)
    {
        StringBuilder text = new();
        foreach (string pattern in own.Remove)
            Add(text, "remove", pattern);
        foreach (string pattern in own.Keep)
            Add(text, "keep", pattern);
        foreach (OwnNode node in own.Nodes)
        {
            Add(text, node.GetType().Name, node.Path);
            Add(text, node.Owner, node.Group);
            Add(text, node.DirectoryOwner, node.DirectoryGroup);
            Add(text, Octal(node.Mode), Octal(node.DirectoryMode));
            Add(text, node.Mtime?.ToString(CultureInfo.InvariantCulture), node switch
            {
                OwnFileNode file => withContents ? file.Digest : file.Source,
                OwnSymlinkNode link => link.Target,
                _ => null,
            });
        }
        return Sha256Text.Of(text.ToString());
    }

    /// <summary>What is not given differs from what is given and empty.</summary>
    private static void Add(StringBuilder text, string? first, string? second)
    {
        text.Append(first is null ? '-' : '+').Append(first).Append('\0');
        text.Append(second is null ? '-' : '+').Append(second).Append('\0');
    }

    private static string? Octal(uint? mode) => mode is { } bits ? Convert.ToString(bits, 8) : null;
}
