using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>The input of the documents that run an image, made by hand.</summary>
internal static class Contents
{
    /// <param name="config">How to run the image.</param>
    /// <param name="platform">The image's platform: <c>os/architecture[/variant]</c>.</param>
    /// <param name="document">The rest of the config document, as members of its object.</param>
    /// <param name="log">Receives the messages.</param>
    /// <param name="request">The request; by default one for all outputs that run an image.</param>
    /// <param name="tree">The merged tree.</param>
    public static OutputContent Of(
        RootfsImageConfig config, string platform = "linux/amd64", string document = "", List<RootfsMessage>? log = null, RootfsRequest? request = null, TreeBuilder? tree = null)
    {
        string[] parts = platform.Split('/');
        OciPlatform of = new(parts[0], parts[1], parts.Length > 2 ? parts[2] : null);
        return new OutputContent(
            (tree ?? new TreeBuilder()).Tree, Results.With(config), of,
            Encoding.UTF8.GetBytes("{" + document + (document.Length > 0 ? "," : "") + """
                "rootfs":{"type":"layers","diff_ids":[]}}
                """),
            request ?? Request, new EngineContext(new RootfsLimits(), new RootfsLog(log is null ? null : log.Add)));
    }

    public static RootfsRequest Request { get; } = new()
    {
        Image = "/image",
        RootfsDirectory = "/out/rootfs",
        Name = "app",
        Outputs = [new(OutputKind.LxcConfig, "/out/app.lxc.conf"), new(OutputKind.RuntimeConfig, "/out/config.json")],
    };
}
