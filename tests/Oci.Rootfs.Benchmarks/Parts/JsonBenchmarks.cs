using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Oci.Rootfs.Context;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Benchmarks.Parts;

/// <summary>An index of 20 manifests, a manifest and a config of 20 layers.</summary>
public class JsonBenchmarks
{
    private const int Count = 20;

    private readonly EngineContext _context = new();
    private readonly byte[] _index = Document(
        """{"schemaVersion":2,"manifests":[""", static i => Descriptor("manifest.v1+json", i, ""","platform":{"os":"linux","architecture":"amd64"}"""), "]}");

    private readonly byte[] _manifest = Document(
        $$"""{"schemaVersion":2,"config":{{Descriptor("config.v1+json", 0)}},"layers":[""", static i => Descriptor("layer.v1.tar+gzip", i), "]}");

    private readonly byte[] _config = Document(
        """{"os":"linux","architecture":"amd64","config":{"Env":["A=b","C=d"],"Labels":{"x":"y"}},"rootfs":{"type":"layers","diff_ids":[""",
        static i => $"\"{Digest(i)}\"", "]}}");

    [Benchmark]
    public int Index() => IndexDocument.Parse(_index, "index.json", null, _context).Manifests.Count;

    [Benchmark]
    public int Manifest() => ManifestDocument.Parse(_manifest, "manifest", "application/vnd.oci.image.manifest.v1+json", _context).Layers.Count;

    [Benchmark]
    public int Config() => ConfigDocument.Parse(_config, "config", _context).DiffIds.Count;

    private static byte[] Document(string begin, Func<int, string> element, string end) =>
        Encoding.UTF8.GetBytes(begin + string.Join(',', Enumerable.Range(0, Count).Select(element)) + end);

    private static string Descriptor(string type, int number, string more = "") => string.Create(CultureInfo.InvariantCulture,
        $$"""{"mediaType":"application/vnd.oci.image.{{type}}","digest":"{{Digest(number)}}","size":{{number}}{{more}}}""");

    private static string Digest(int number) => "sha256:" + number.ToString("x64", CultureInfo.InvariantCulture);
}
