using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.State;

/// <summary>
/// Identifies the input of a tree: the manifest's digest (hence that of every blob), the effective options and the engine. Equal keys mean
/// equal outputs. No time stamp is part of a key.
/// </summary>
internal static class BuildKey
{
    /// <param name="request">The request, for its effective options.</param>
    /// <param name="manifest">The manifest of the chosen image.</param>
    /// <param name="askedPlatform">The platform that the user asked for, where the image itself names none; otherwise null.</param>
    /// <param name="privileges">The metadata that the builder may set in a directory. It affects no other output.</param>
    public static string Compute(RootfsRequest request, Digest manifest, OciPlatform? askedPlatform, Privileges privileges)
    {
        StringBuilder text = new();
        Add(text, "engine", typeof(BuildKey).Assembly.GetName().Version?.ToString());
        Add(text, "build", typeof(BuildKey).Module.ModuleVersionId.ToString());
        Add(text, "manifest", manifest.ToString());
        Add(text, "platform", askedPlatform?.ToString());
        AddOptions(text, request);
        Add(text, "privileges", request.Ownership == Ownership.Record ? privileges.UserId.ToString(CultureInfo.InvariantCulture) : privileges.ToString());
        return Hash(text);
    }

    /// <summary>
    /// Identifies what a project asks for, whatever the image holds now: the image's place and the effective options. Two projects that ask
    /// for the same may share a tree.
    /// </summary>
    public static string OfRequest(RootfsRequest request)
    {
        StringBuilder text = new();
        Add(text, "image", request.Image.Path);
        Add(text, "reference", request.Reference);
        Add(text, "platform", request.Platform);
        AddOptions(text, request);
        return Hash(text);
    }

    private static void AddOptions(StringBuilder text, RootfsRequest request)
    {
        Add(text, "name", request.Name);
        foreach (RequestedOutput output in request.Outputs)
            Add(text, output.Kind.Name, output.Path);
        Add(text, "makeWritable", request.MakeWritable.ToString());
        Add(text, "keepDirectorySymlinks", request.KeepDirectorySymlinks.ToString());
        Add(text, "sourceDateEpoch", request.SourceDateEpoch.ToString(CultureInfo.InvariantCulture));
        Add(text, "runtimeConfigRoot", request.RuntimeRoot);
        Add(text, "runtimeConfigTmpfs", request.RuntimeConfigTmpfs.ToString());
        Add(text, "ownership", request.Ownership.ToString());
    }

    private static void Add(StringBuilder text, string name, string? value) =>
        text.Append(name).Append('=').Append(value?.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');

    private static string Hash(StringBuilder text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
}
