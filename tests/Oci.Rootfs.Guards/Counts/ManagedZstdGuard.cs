using Oci.Images;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// The managed decoder of zstd is a megabyte of code. A build whose layers are compressed otherwise, or that has libzstd, neither loads its
/// assembly nor compiles any of its methods.
/// </summary>
internal static class ManagedZstdGuard
{
    private const string Name = "ZstdSharp", Loaded = "libraries=";

    public static void Check(string runner, WorkDirectory work, Checks checks)
    {
        byte[] tar = Tars.Of(Tars.File("file", "content"));
        string gzip = Image.Of(ImageLayer.Gzip(tar)).SaveArchive(work["gzip.tar"]);
        string zstd = Image.Of(ImageLayer.Zstd(tar)).SaveArchive(work["zstd.tar"]);
        checks.None("gzip alone: managed zstd loaded or compiled", Traces(runner, gzip, work));
        checks.None("gzip alone, without native decoders: managed zstd loaded or compiled", Traces(runner, gzip, work, "--no-native-decoders"));
        // Otherwise the guard would find nothing anywhere.
        checks.Equal("zstd without native decoders: managed zstd is loaded", true, Traces(runner, zstd, work, "--no-native-decoders").Length > 0);
    }

    private static string[] Traces(string runner, string image, WorkDirectory work, params string[] options)
    {
        string log = work["jit"];
        File.Delete(log);
        Extraction.RemoveTree(work);
        Dictionary<string, string> environment = new() { ["DOTNET_JitStdOutFile"] = log, ["DOTNET_JitDisasmSummary"] = "1" };
        string output = Extraction.Run(runner, image, work, Extraction.Done, environment, ["--libraries", .. options]);
        string libraries = output.Split('\n').Single(static line => line.StartsWith(Loaded, StringComparison.Ordinal));
        return [.. libraries[Loaded.Length..].Split(' ').Concat(File.ReadAllLines(log)).Where(static line => line.Contains(Name, StringComparison.Ordinal))];
    }
}
