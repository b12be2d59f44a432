using System.Diagnostics;
using System.Text;
using Oci.Images;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>libarchive is the reader that users have: what it understands of a record, told by its own mtree writer and its tars.</summary>
public sealed class MtreeAndBsdtarTests
{
    private const string Keywords = "mtree:!all,mtree:type,mtree:mode,mtree:uid,mtree:gid,mtree:time,mtree:size,mtree:link,mtree:device,mtree:nlink";

    private static bool HasBsdtar => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(static d => File.Exists(Path.Combine(d, "bsdtar")));

    [Fact]
    public void Libarchive_reads_from_a_record_what_was_written()
    {
        Assert.SkipUnless(HasBsdtar, "bsdtar is not installed");
        for (int seed = 0; seed < 20; seed++)
        {
            byte[] record = TreeBuilder.Random(seed, 200, xattrs: false).Record();

            byte[] theirs = Bsdtar(record, "--format", "mtree", "--options", Keywords, "-cf", "-", "@record");

            Assert.Equal(Comparable(MtreeParser.Parse(record)), Comparable(MtreeParser.Parse(theirs)));
        }
    }

    [Fact]
    public void A_tar_made_from_tree_and_record_has_the_recorded_owner_time_and_the_tree_s_content()
    {
        Assert.SkipUnless(HasBsdtar, "bsdtar is not installed");
        TreeBuilder builder = new();
        builder.Add("odd \nname", new Inode { Kind = EntryKind.File, Mode = (Octal)"4755", Uid = 3_000_000, Gid = 7, Mtime = new(86400, 7), Size = 5 });

        byte[] tar = Bsdtar(builder.Record(), "--format", "pax", "-cf", "-", "-C", "tree", "@../record");

        string text = Encoding.Latin1.GetString(tar);
        Assert.Contains("\u0000hello", text[1024..], StringComparison.Ordinal);
        Assert.Contains("uid=3000000\n", text, StringComparison.Ordinal);
        Assert.Contains("mtime=86400.000000007\n", text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Comparable(List<RecordLine> lines) => lines.Select(static l => string.Join(' ',
        Convert.ToHexString(l.Path), l.Kind, l.Mode, l.Uid, l.Gid, l.Mtime, l.Size, Convert.ToHexString(l.SymlinkTarget), l.DeviceMajor, l.DeviceMinor,
        Math.Max(l.Links, 1))).Order(StringComparer.Ordinal);

    private static byte[] Bsdtar(byte[] record, params string[] arguments)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("oci-record-");
        try
        {
            File.WriteAllBytes(Path.Combine(directory.FullName, "record"), record);
            directory.CreateSubdirectory("tree");
            File.WriteAllText(Path.Combine(directory.FullName, "tree", "odd \nname"), "hello");
            using Process process = Process.Start(new ProcessStartInfo("bsdtar", arguments)
            {
                WorkingDirectory = directory.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            using MemoryStream output = new();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            return output.ToArray();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
