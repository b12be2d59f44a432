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
        Add("engine", typeof(BuildKey).Assembly.GetName().Version?.ToString());
        Add("build", typeof(BuildKey).Module.ModuleVersionId.ToString());
        Add("manifest", manifest.ToString());
        Add("platform", askedPlatform?.ToString());
        Add("name", request.Name);
        foreach (RequestedOutput output in request.Outputs)
            Add(output.Kind.Name, output.Path);
        Add("makeWritable", request.MakeWritable.ToString());
        Add("keepDirectorySymlinks", request.KeepDirectorySymlinks.ToString());
        Add("sourceDateEpoch", request.SourceDateEpoch.ToString(CultureInfo.InvariantCulture));
        Add("ownership", request.Ownership.ToString());
        Add("privileges", request.Ownership == Ownership.Record ? privileges.UserId.ToString(CultureInfo.InvariantCulture) : privileges.ToString());
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        void Add(string name, string? value) => text.Append(name).Append('=').Append(value?.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
    }
}
