using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.State;

/// <summary>
/// What a tree is made of: the manifest's digest (hence that of every blob), the options as they take effect for whoever builds, and the
/// engine. Equal keys mean equal outputs; no time stamp is part of it.
/// </summary>
internal static class BuildKey
{
    /// <param name="request">Its options as they take effect.</param>
    /// <param name="manifest">Of the image chosen.</param>
    /// <param name="privileges">What the builder may set in a directory; other outputs are the same for every builder.</param>
    public static string Compute(RootfsRequest request, Digest manifest, Privileges privileges)
    {
        StringBuilder text = new();
        Add("engine", typeof(BuildKey).Assembly.GetName().Version?.ToString());
        Add("build", typeof(BuildKey).Module.ModuleVersionId.ToString());
        Add("manifest", manifest.ToString());
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
