using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>The <c>oci-layout</c> file (image-spec image-layout.md).</summary>
internal static class LayoutFile
{
    public const string Name = "oci-layout";

    /// <summary>The content of the file.</summary>
    public static byte[] Content => """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    /// <param name="bytes">Null where the file is absent, which only causes a warning (rule 99).</param>
    /// <param name="displayName">The image.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">The file is not JSON, or not version 1.0.0.</exception>
    public static void Check(byte[]? bytes, string displayName, EngineContext context)
    {
        if (bytes is null)
        {
            SourceErrors.WarnNoLayoutFile(context.Log, displayName);
            return;
        }
        JsonInput json = new(bytes, Name, context);
        string? version = null;
        if (json.BeginObject())
        {
            while (json.NextMember(out string member))
            {
                if (member == "imageLayoutVersion")
                    version = json.String();
                else
                    json.Skip();
            }
        }
        json.End();
        if (version != "1.0.0")
            throw SourceErrors.LayoutVersion(version is null ? "none" : $"imageLayoutVersion {version}");
    }
}
