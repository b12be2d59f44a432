namespace Oci.Rootfs.Outputs.Documents;

/// <summary>Maps each kind of output to the code that writes it.</summary>
internal static class OutputWriters
{
    private static readonly Dictionary<OutputKind, Action<OutputContent, Stream>> Writers = new()
    {
        [OutputKind.ConfigJson] = static (content, stream) => ConfigJson.Write(stream, content.Result, content.Config),
        [OutputKind.ConfigProps] = static (content, stream) => ConfigProps.Write(stream, content.Request.Name, content.Result),
        [OutputKind.Mtree] = static (content, stream) => Mtree.Write(content.Tree, stream, content.Context),
        [OutputKind.Changes] = ChangeList.Write,
        [OutputKind.LxcConfig] = static (content, stream) => LxcConfig.Write(stream, content, UsersOf(content)),
        [OutputKind.RuntimeConfig] = static (content, stream) => RuntimeConfig.Write(stream, content, UsersOf(content)),
    };

    private static UserLookup UsersOf(OutputContent content) => new(content.Tree, content.Read, content.Context);

    public static void Write(OutputKind kind, OutputContent content, Stream stream) => Writers[kind](content, stream);
}
