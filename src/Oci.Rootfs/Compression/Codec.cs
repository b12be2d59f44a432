using Oci.Rootfs.Context;

namespace Oci.Rootfs.Compression;

/// <summary>One way to compress: a row of <see cref="Codecs"/>.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="unpackingTool">The command that unpacks it.</param>
/// <param name="magics">The magic numbers; its data begins with one of these.</param>
internal sealed class Codec(string name, string unpackingTool, params byte[][] magics)
{
    public string Name => name;

    public string UnpackingTool => unpackingTool;

    /// <summary>The end of the media type of a layer that is compressed this way; null when no media type says it.</summary>
    public string? Suffix { get; init; }

    /// <summary>Makes the stream that inflates another one and owns it. Null when the engine can't decode this.</summary>
    public Func<Stream, EngineContext, Stream>? Decoder { get; init; }

    /// <summary>The data, as messages name it.</summary>
    public string Description => name + " data";

    public bool Begins(ReadOnlySpan<byte> head)
    {
        foreach (byte[] magic in magics)
        {
            if (head.StartsWith(magic))
                return true;
        }
        return false;
    }
}
