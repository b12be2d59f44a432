using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Pins;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Pins;

/// <summary>The lock file is committed: it is the same for everybody, and what others entered stays.</summary>
public sealed class LockFileTests : IDisposable
{
    private const string Key = "docker.io/library/debian:12";

    private readonly TempDirectory _temp = new();

    private string File => _temp["oci.lock.json"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Entries_are_sorted_and_have_no_time()
    {
        Enter("b.example/b:1", 'b');
        Enter("a.example/a:1", 'a');
        string first = System.IO.File.ReadAllText(File);
        System.IO.File.Delete(File);
        Enter("a.example/a:1", 'a');
        Enter("b.example/b:1", 'b');

        Assert.Equal(first, System.IO.File.ReadAllText(File));
        Assert.True(first.IndexOf("a.example", StringComparison.Ordinal) < first.IndexOf("b.example", StringComparison.Ordinal));
        Assert.EndsWith("}\n", first, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', first);
        Assert.Contains("index.v1+json", first, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_is_the_same_is_not_written()
    {
        Enter(Key, 'a');
        DateTime before = DateTime.UtcNow.AddDays(-1);
        System.IO.File.SetLastWriteTimeUtc(File, before);

        Assert.Equal(Pin('a'), Enter(Key, 'a'));

        Assert.Equal(before, System.IO.File.GetLastWriteTimeUtc(File));
    }

    [Fact]
    public void What_was_entered_is_found()
    {
        Assert.Null(LockFile.Find(File, Key));
        Assert.Null(Enter(Key, 'a'));
        Assert.Equal(Pin('a'), LockFile.Find(File, Key));
        Assert.Equal(Pin('a'), Enter(Key, 'b'));
        Assert.Equal(Pin('b'), LockFile.Find(File, Key));
    }

    [Fact]
    public void Builds_at_the_same_time_lose_no_entry()
    {
        Exception?[] errors = new Exception?[8];
        Thread[] threads = [.. Enumerable.Range(0, errors.Length).Select(i => new Thread(() => errors[i] = Record.Exception(() => Enter($"reg.example/app:{i}", 'a'))))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.All(errors, Assert.Null);
        Assert.All(Enumerable.Range(0, 8), i => Assert.NotNull(LockFile.Find(File, $"reg.example/app:{i}")));
        Assert.Equal(["oci.lock.json"], Directory.EnumerateFiles(_temp.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("{", "no JSON")]
    [InlineData("[]", "no version")]
    [InlineData("{}", "no version")]
    [InlineData("""{"version":"1","images":{}}""", "no version")]
    [InlineData("""{"version":2,"images":{}}""", "version 2, of another version")]
    [InlineData("""{"version":1}""", "no images")]
    [InlineData("""{"version":1,"images":[]}""", "no images")]
    [InlineData("""{"version":1,"images":{"a":{}}}""", "'a' without a digest")]
    [InlineData("""{"version":1,"images":{"a":null}}""", "'a' without a digest")]
    [InlineData("""{"version":1,"images":{"a":{"digest":"sha256:../../x","mediaType":"application/vnd.oci.image.index.v1+json","size":1}}}""", "'a' without a digest")]
    [InlineData("""{"version":1,"images":{"a":{"digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","mediaType":"text/html","size":1}}}""", "'a' without a digest")]
    [InlineData("""{"version":1,"images":{"a":{"digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","mediaType":"application/vnd.oci.image.index.v1+json","size":-1}}}""", "'a' without a digest")]
    [InlineData("{\n<<<<<<< HEAD\n", "merge conflict")]
    public void A_damaged_lock_file_is_an_error(string content, string found)
    {
        System.IO.File.WriteAllText(File, content);

        OciException e = Assert.Throws<OciException>(() => LockFile.Find(File, Key));

        Assert.Equal("OCI8003", e.Code);
        Assert.Contains(found, e.Message, StringComparison.Ordinal);
        Assert.Throws<OciException>(() => Enter(Key, 'a'));
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_link_to_a_lock_file_stays_a_link()
    {
        System.IO.File.WriteAllText(_temp["shared.json"], """{"version":1,"images":{}}""");
        System.IO.File.CreateSymbolicLink(File, "shared.json");

        Enter(Key, 'a');

        Assert.Equal("shared.json", new FileInfo(File).LinkTarget);
        Assert.Equal(Pin('a'), LockFile.Find(_temp["shared.json"], Key));
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm()
    {
        Enter(Key, 'a');
        System.IO.File.WriteAllBytes(File, [.. Encoding.UTF8.Preamble, .. System.IO.File.ReadAllBytes(File)]);
        Assert.Equal(Pin('a'), LockFile.Find(File, Key));
    }

    [Fact]
    public void Random_damage_is_an_error_and_never_another_exception()
    {
        Enter(Key, 'a');
        byte[] good = System.IO.File.ReadAllBytes(File);
        Random random = new(1);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bad = [.. good];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                LockFile.Check(bad.AsMemory(0, random.Next(bad.Length + 1)), File);
            }
            catch (OciException e)
            {
                Assert.Equal("OCI8003", e.Code);
            }
        }
    }

    private static Descriptor Pin(char hex)
    {
        Assert.True(Digest.TryParse("sha256:" + new string(hex, 64), out Digest? digest));
        return new Descriptor(MediaTypes.Index, digest, 8229);
    }

    private Descriptor? Enter(string key, char hex) => LockFile.Enter(File, key, Pin(hex), _temp["lock"], new EngineContext());
}
