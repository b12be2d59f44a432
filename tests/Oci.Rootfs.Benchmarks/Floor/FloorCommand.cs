using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;

namespace Oci.Rootfs.Benchmarks.Floor;

/// <summary>
/// The cost that no engine can avoid: decoding each layer, with .NET's gzip and with ISA-L's where that is installed, hashing blob and
/// content, and writing the surviving tree by bare system calls. Each step runs on one thread, with nothing else under way. The results are
/// seconds of processor time, user and system.
/// </summary>
internal static class FloorCommand
{
    private const string MediaType = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <param name="tree">The extracted image. It gives the list of nodes to write.</param>
    /// <param name="destination">A missing directory on the measured file system.</param>
    /// <param name="blobs">The layers, bottom first.</param>
    public static int Run(string tree, string destination, string[] blobs)
    {
        byte[] buffer = new byte[256 << 10];
        Random.Shared.NextBytes(buffer);
        long bytes = 0;
        List<double> byNet = [], byIsal = [];
        foreach (string blob in blobs)
        {
            byNet.Add(Measure(() => bytes += Decode(blob, buffer, useNative: false)));
            byIsal.Add(Measure(() => Decode(blob, buffer, useNative: true)));
            bytes += new FileInfo(blob).Length;
        }
        double hash = Measure(() => Hash(buffer, bytes));
        WriteList list = WriteList.Of(tree);
        double write = Measure(() => list.Write(destination, buffer));
        Console.WriteLine(JsonSerializer.Serialize(new { byNet, byIsal, hash, write, nodes = list.Count, bytes }));
        return 0;
    }

    private static double Measure(Action work)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work();
        // Wall clock would only add the machine's other work and waiting for a disk.
        TimeSpan cpu = Environment.CpuUsage.TotalTime - before;
        return Math.Min(cpu.TotalSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static long Decode(string blob, byte[] buffer, bool useNative)
    {
        RootfsLimits limits = new();
        using Stream inflated = LayerDecoder.Open(File.OpenRead(blob), new FileInfo(blob).Length, MediaType, new EngineContext(limits, RootfsLog.None) { UseNativeDecoders = useNative }, new InflationBudget(limits));
        long bytes = 0;
        for (int count; (count = inflated.Read(buffer)) > 0;)
            bytes += count;
        return bytes;
    }

    private static void Hash(byte[] buffer, long bytes)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (; bytes > 0; bytes -= buffer.Length)
            hash.AppendData(buffer, 0, (int)Math.Min(bytes, buffer.Length));
        hash.GetHashAndReset();
    }
}
