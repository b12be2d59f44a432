using Oci.Images;
using Oci.Rootfs.Errors;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Images for two platforms with a layer in common, and how all platforms of an image are extracted.</summary>
public abstract class PlatformsScenario : IDisposable
{
    private protected static readonly ImageLayer Common = ImageLayer.Gzip(Of(File("common", TarContent.Generated(300_000, seed: 1)), File("both", "below")));
    private protected static readonly Image Amd = Image.Of(Common, Of(File("arch", "amd64"), File("both", "amd64"))).For("linux/amd64");
    private protected static readonly Image Arm = Image.Of(Common, Of(File("arch", "arm"))).For("linux/arm/v7");

    private protected readonly Scenario _s = new();

    public void Dispose()
    {
        _s.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Save(params IEnumerable<ImagePart> parts) => ImageLayout.Of(parts).SaveArchive(_s.Image);

    private protected IReadOnlyList<RootfsExtraction> Extract(Func<RootfsRequest, RootfsRequest>? change = null)
    {
        _s.Messages.Clear();
        RootfsRequest request = _s.Request with { Platform = "all" };
        return RootfsExtractor.ExtractAll(change is null ? request : change(request), TestContext.Current.CancellationToken);
    }

    private protected OciException Fails(Func<RootfsRequest, RootfsRequest>? change = null) => Assert.Throws<OciException>(() => Extract(change));
}
