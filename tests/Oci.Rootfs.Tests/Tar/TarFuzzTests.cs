using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

public sealed class TarFuzzTests
{
    private const int Rounds = 5_000;

    private static readonly RootfsLimits Limits = new() { MaxTarHeaderBytes = 1 << 16, MaxFileBytes = 1L << 33 };

    private static readonly byte[] Seed = Tars.Of(
        Tars.Dir("etc") with { Format = TarFormat.V7 },
        Tars.File("etc/passwd", "root", mode: "04755", uid: 3_000_000, mtime: -5) with { Xattrs = [Tars.Xattr("user.a", "b"), Tars.Xattr("user.l", "v", TarXattrForm.Libarchive)] },
        Tars.Sparse("old", TarSparseForm.OldGnu, 70_000, [.. Enumerable.Range(0, 30).Select(static i => (i * 2000L, (TarContent)"data"))]),
        Tars.File(new string('n', 200), "gnu", uid: 4_000_000_000) with { Format = TarFormat.Gnu },
        Tars.Sparse("s00", TarSparseForm.Pax00, 9000, (10, "data"), (6000, "more")),
        Tars.Sparse("s01", TarSparseForm.Pax01, 9000, (10, "data"), (6000, "more")),
        Tars.Sparse("s10", TarSparseForm.Pax10, 9000, (10, "data"), (6000, "more")),
        Tars.GlobalHeader(Tars.Record("comment", "c")),
        Tars.Symlink("link", new string('t', 300)), Tars.Hardlink("hard", "etc/passwd"), Tars.CharDevice("null", 1, 3), Tars.Fifo("fifo"));

    /// <summary>
    /// Bytes are changed, blocks are moved, doubled and dropped; checksums are mostly made right again, for most of the reader lies behind
    /// them. Whatever comes of it is read or refused, in the time that its bytes are worth, and in pieces as in one.
    /// </summary>
    [Fact]
    public void A_mutated_archive_is_read_or_refused_with_a_code()
    {
        int seed = TestSeed.Of("OCI_FUZZ_SEED");
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] archive = Mutated(new Random(seed + round));
            string whole = Outcome(archive, archive.Length, out bool wasRefused);
            refused += wasRefused ? 1 : 0;
            if (round % 10 == 0)
                Assert.True(whole == Outcome(archive, 97, out _), $"OCI_FUZZ_SEED={seed + round}: in pieces it reads differently");
            Assert.True(!whole.StartsWith('!'), $"OCI_FUZZ_SEED={seed + round}: {whole}");
        }
        Assert.True(refused is >= Rounds / 10 and < Rounds, $"OCI_FUZZ_SEED={seed}: {refused} of {Rounds} archives are refused");
    }

    private static string Outcome(byte[] archive, int pieceLength, out bool refused)
    {
        refused = false;
        PieceInput input = new(archive, Math.Max(1, pieceLength));
        TarReader reader = new(input, new EngineContext(Limits, RootfsLog.None));
        long entries = 0, bytes = 0;
        try
        {
            while (reader.Read() is { } entry)
            {
                entries++;
                if (entry.Name.IsEmpty || entry.Size < 0 || entry.Size > Limits.MaxFileBytes || entry.Mode > 0xfff)
                    return "!an entry that can't be";
                for (long end = 0; reader.ReadContent(out long offset, out ReadOnlySpan<byte> data); end = offset + data.Length)
                {
                    if (data.IsEmpty || offset < end || offset + data.Length > entry.Size)
                        return "!content out of its file";
                    bytes += data.Length;
                }
            }
            reader.Drain();
        }
        catch (OciException error)
        {
            refused = true;
            return $"{entries} entries, {bytes} bytes, {error.Message}";
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return $"!{error}";
        }
        return input.Position == archive.Length ? $"{entries} entries, {bytes} bytes" : "!not drained";
    }

    private static byte[] Mutated(Random random)
    {
        List<byte[]> blocks = [.. Seed.Chunk(512).Select(static b => b.ToArray())];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(blocks.Count);
            switch (random.Next(8))
            {
                case 0:
                    blocks.RemoveAt(at);
                    break;
                case 1:
                    blocks.Insert(at, (byte[])blocks[random.Next(blocks.Count)].Clone());
                    break;
                default:
                    Change(blocks[at], random);
                    break;
            }
        }
        byte[] archive = [.. blocks.SelectMany(static b => b)];
        return random.Next(10) == 0 ? archive[..random.Next(archive.Length)] : archive;
    }

    private static void Change(byte[] block, Random random)
    {
        bool isHeader = block.AsSpan(148, 6).IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0;
        int at = isHeader && random.Next(3) > 0 ? random.Next(100, 160) : random.Next(512);
        ReadOnlySpan<byte> favourites = [.. "0179-=, \n\0xgLKSV\x7f"u8, 0x80, 0xff];
        for (int count = random.Next(1, 4); count > 0 && at < 512; count--)
            block[at++] = random.Next(4) == 0 ? (byte)random.Next(256) : favourites[random.Next(favourites.Length)];
        if (!isHeader || random.Next(20) == 0)
            return;
        block.AsSpan(148, 8).Fill((byte)' ');
        string checksum = Convert.ToString(block.Sum(static b => b), 8).PadLeft(6, '0') + "\0 ";
        System.Text.Encoding.ASCII.GetBytes(checksum, block.AsSpan(148));
    }
}
