using System.Globalization;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tests.Tree;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// Writes the random stacks of the merge tests as images on disk, and the engine extracts them. tests/umoci-stacks has umoci unpack them
/// too.
/// </summary>
internal static class UmociStacks
{
    /// <summary>
    /// For each of this many seeds, writes <c>N/layout</c>, whose only image has the tag <c>stack</c>; and <c>N/tree</c> with <c>N/tree.tar</c>,
    /// or <c>N/error</c>.
    /// </summary>
    public static void Write(string directory, int first, int count)
    {
        for (int seed = first; seed < first + count; seed++)
        {
            string place = Path.Combine(directory, seed.ToString(CultureInfo.InvariantCulture));
            LayerStack stack = LayerStack.Random(seed);
            Image.Of(stack.Layers.Select(static (layer, number) => ImageLayer.Plain(Tars.Of(layer.Select((entry, row) => Item(entry, number, row))))))
                .For("linux/amd64").Tagged("stack").SaveDirectory(Path.Combine(place, "layout"));
            File.WriteAllText(Path.Combine(place, "stack"), stack.ToString());
            try
            {
                RootfsExtractor.Extract(new RootfsRequest
                {
                    Image = Path.Combine(place, "layout"),
                    RootfsDirectory = Path.Combine(place, "tree"),
                    Name = "stack",
                    Outputs = [new RequestedOutput(OutputKind.RootfsArchive, Path.Combine(place, "tree.tar"))],
                    Platform = "linux/amd64",
                });
            }
            catch (OciException e)
            {
                File.WriteAllText(Path.Combine(place, "error"), $"{e.Code}: {e.Message}");
            }
        }
    }

    private static TarItem Item(TarEntry entry, int layer, int row) => new()
    {
        Name = entry.Name.ToArray(),
        Type = entry.Kind switch { EntryKind.File => '0', EntryKind.Hardlink => '1', EntryKind.Symlink => '2', EntryKind.CharacterDevice => '3', _ => '5' },
        LinkName = entry.LinkName.ToArray(),
        Mode = new Octal(entry.Mode),
        Uid = entry.Uid,
        Gid = entry.Gid,
        Mtime = entry.Mtime.Seconds,
        DeviceMajor = entry.DeviceMajor,
        DeviceMinor = entry.DeviceMinor,
        // umoci fails to set attributes that Linux allows on files and directories only (rule 70: recorded).
        Xattrs = entry.Kind is not (EntryKind.File or EntryKind.Directory or EntryKind.Hardlink) ? [] : [.. entry.Xattrs.Select(static x => Tars.Xattr(x.Name, x.Value))],
        Content = entry.Kind == EntryKind.File ? string.Create(CultureInfo.InvariantCulture, $"{layer}/{row}") : "",
    };
}
