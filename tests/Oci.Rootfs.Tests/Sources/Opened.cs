using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>An image of the tests written to disk and opened by the engine, with what the engine had to say.</summary>
internal sealed class Opened : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<RootfsMessage> _messages = [];

    public Opened(ImageLayout layout, bool archive = false, RootfsLimits? limits = null)
    {
        Context = new EngineContext(limits ?? new RootfsLimits(), new RootfsLog(_messages.Add));
        Source = ImageSources.Open(new ImageReference(archive ? layout.SaveArchive(_directory["i.tar"]) : layout.SaveDirectory(_directory["i"])) { DisplayName = "i" }, Context, Expect.NoUnpacking);
    }

    public ImageSource Source { get; }

    public EngineContext Context { get; }

    public IEnumerable<string?> Warnings => _messages.Where(static m => m.Kind == RootfsMessageKind.Warning).Select(static m => m.Code);

    public IEnumerable<RootfsMessage> Messages => _messages;

    public static SelectedImage Load(ImageLayout layout, string? platform = "linux/amd64", string? reference = null, RootfsLimits? limits = null)
    {
        using Opened opened = new(layout, archive: false, limits);
        return opened.Load(platform, reference);
    }

    public SelectedManifest Select(string? platform = "linux/amd64", string? reference = null) => ImageSelector.Select(Source, platform, reference, Context);

    public SelectedImage Load(string? platform = "linux/amd64", string? reference = null) => Select(platform, reference).Load();

    public void Dispose()
    {
        Source.Dispose();
        _directory.Dispose();
    }
}
