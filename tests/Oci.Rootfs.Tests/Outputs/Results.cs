namespace Oci.Rootfs.Tests.Outputs;

internal static class Results
{
    public static readonly string A = "sha256:" + new string('a', 64);
    public static readonly string B = "sha256:" + new string('b', 64);
    public static readonly string C = "sha256:" + new string('c', 64);
    public static readonly string D = "sha512:" + new string('d', 128);

    public static RootfsResult With(RootfsImageConfig config) => new()
    {
        Extracted = true,
        ManifestDigest = A,
        ConfigDigest = B,
        Platform = "linux/arm64/v8",
        Layers = [new RootfsLayer(C, D, "application/vnd.oci.image.layer.v1.tar+gzip", 1234567890123), new RootfsLayer(D, C, "a/b", 0)],
        Config = config,
    };
}
