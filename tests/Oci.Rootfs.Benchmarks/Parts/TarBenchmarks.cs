using System.Text;
using BenchmarkDotNet.Attributes;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;
using SystemTar = System.Formats.Tar;

namespace Oci.Rootfs.Benchmarks.Parts;

/// <summary>Reads 10,000 entries of 1 KB with their contents, for a comparison with System.Formats.Tar; and one PAX header.</summary>
public class TarBenchmarks
{
    private const int Entries = 10_000;

    private readonly byte[] _pax = Encoding.UTF8.GetBytes(
        "30 mtime=1700000000.123456789\n18 uid=1000000000\n" + "112 path=" + new string('p', 102) + "\n38 SCHILY.xattr.user.origin=benchmark\n");

    private byte[] _ustar = [];
    private byte[] _extended = [];

    [GlobalSetup]
    public void Make() => (_ustar, _extended) = (Samples.Tar(SystemTar.TarEntryFormat.Ustar, Entries, 1024), Samples.Tar(SystemTar.TarEntryFormat.Pax, Entries, 1024));

    [Benchmark]
    public long ReadUstar() => Read(_ustar);

    [Benchmark]
    public long ReadPax() => Read(_extended);

    [Benchmark]
    public long ReadUstarBySystemFormats() => ReadBySystemFormats(_ustar);

    [Benchmark]
    public long ReadPaxBySystemFormats() => ReadBySystemFormats(_extended);

    [Benchmark]
    public bool ParseOnePaxHeader()
    {
        PaxRecords records = new();
        records.Parse(_pax, "name"u8);
        return records.Mtime is not null;
    }

    private static long Read(byte[] archive)
    {
        TarReader reader = new(new StreamTarInput(new MemoryStream(archive)), new EngineContext());
        long bytes = 0;
        while (reader.Read() is not null)
        {
            while (reader.ReadContent(out _, out ReadOnlySpan<byte> data))
                bytes += data.Length;
        }
        return bytes;
    }

    private static long ReadBySystemFormats(byte[] archive)
    {
        using SystemTar.TarReader reader = new(new MemoryStream(archive));
        byte[] buffer = new byte[4096];
        long bytes = 0;
        while (reader.GetNextEntry() is { } entry)
        {
            for (int count; entry.DataStream is not null && (count = entry.DataStream.Read(buffer)) > 0;)
                bytes += count;
        }
        return bytes;
    }
}
