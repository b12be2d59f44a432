using System.Security.Cryptography;
using Oci.Rootfs.Context;
using Oci.Rootfs.State;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>The file with what a tree is made of: whatever it is, it is believed or it is not, and nothing else happens.</summary>
public sealed class TreeStateTests : IDisposable
{
    private const int Mutations = 20_000;

    private readonly UpdatePair _pair = new UpdatePair().WithOld();

    public void Dispose() => _pair.Dispose();

    /// <summary>An update keeps the tree's directory, so an older state file names the right one.</summary>
    [Theory]
    [InlineData(".rootfs.oci")]
    [InlineData(".rootfs.oci-state")]
    [InlineData(".rootfs.oci .rootfs.oci-state")]
    [InlineData(".rootfs.oci, and the other removed")]
    public void Older_files_that_are_put_back_do_not_make_a_tree_up_to_date(string files)
    {
        string[] back = files.Replace(", and the other removed", "", StringComparison.Ordinal).Split(' ');
        foreach (string file in back)
            File.Copy($"{_pair.Out}/{file}", _pair[file]);
        Assert.NotNull(_pair.Update().Change);
        foreach (string file in back)
            Command.Run("cp", _pair[file], $"{_pair.Out}/{file}");
        if (files.EndsWith("removed", StringComparison.Ordinal))
            File.Delete(_pair.TreeState);

        Assert.Equal("OCI7004", Assert.Throws<Oci.Rootfs.Errors.OciException>(() => _pair.Update(static r => r with { Image = UpdatePair.OldImage, FailIfNotUpToDate = true })).Code);
        Assert.True(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);

        Assert.True(_pair.IsOld());
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Content }).Extracted);
    }

    [Fact]
    public void Touched_alone_it_has_the_tree_looked_at_once_and_is_believed_again()
    {
        Command.Run("touch", _pair.TreeState);

        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);

        // A build that looked once more would write into the state file that it did.
        IReadOnlyList<string> before = DiskTree.Snapshot(_pair.Out);
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);
        Assert.Equal(before, DiskTree.Snapshot(_pair.Out));
    }

    [Fact]
    public void Cut_anywhere_it_is_no_state()
    {
        byte[] whole = File.ReadAllBytes(_pair.TreeState);
        Assert.NotNull(Read(whole));

        for (int length = 0; length < whole.Length; length++)
            Assert.Null(Read(whole[..length]));
    }

    [Fact]
    public void Changed_anywhere_it_is_no_state()
    {
        byte[] whole = File.ReadAllBytes(_pair.TreeState);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x40;
            Assert.Null(Read(changed));
        }
    }

    /// <summary>More by hand: <c>OCI_STATE_CASES=100000 OCI_STATE_SEED=random</c>.</summary>
    [Fact]
    public void Changed_with_a_hash_that_is_right_it_is_read_or_not_and_never_more()
    {
        int cases = int.TryParse(Environment.GetEnvironmentVariable("OCI_STATE_CASES"), System.Globalization.CultureInfo.InvariantCulture, out int value) ? value : Mutations;
        byte[] whole = File.ReadAllBytes(_pair.TreeState)[..^SHA256.HashSizeInBytes];
        Random random = new(TestSeed.Of("OCI_STATE_SEED"));
        int read = 0;
        for (int i = 0; i < cases; i++)
        {
            List<byte> changed = [.. whole];
            for (int j = random.Next(1, 4); j > 0; j--)
            {
                int at = random.Next(40, changed.Count);
                switch (random.Next(4))
                {
                    case 0:
                        changed[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        changed.RemoveRange(at, Math.Min(random.Next(1, 9), changed.Count - at));
                        break;
                    case 2:
                        changed.InsertRange(at, changed.GetRange(random.Next(changed.Count - 9), 8));
                        break;
                    default:
                        // A length of two gigabytes and more.
                        changed.InsertRange(at, [0xff, 0xff, 0xff, 0xff, (byte)random.Next(1, 128)]);
                        break;
                }
            }
            long before = GC.GetAllocatedBytesForCurrentThread();
            read += Read([.. changed, .. SHA256.HashData([.. changed])]) is null ? 0 : 1;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }

        // Some change only what may be anything, such as a time.
        Assert.InRange(read, 1, cases / 2);
    }

    /// <summary>A state that is wrong but whole never makes a wrong tree: at worst all of it is found changed, and made right.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_forged_state_makes_no_exception_but_ours(int seed)
    {
        byte[] whole = File.ReadAllBytes(_pair.TreeState)[..^SHA256.HashSizeInBytes];
        Random random = new(seed);
        int usable = 0;
        for (int i = 0; i < 4000 && usable < 12; i++)
        {
            byte[] changed = [.. whole];
            changed[random.Next(200, changed.Length)] ^= (byte)(1 << random.Next(8));
            byte[] forged = [.. changed, .. SHA256.HashData(changed)];
            if (Read(forged) is null)
                continue;
            usable++;
            File.WriteAllBytes(_pair.TreeState, forged);
            try
            {
                _pair.Update(static r => r with { MostReadPercent = 100 });
            }
            catch (Errors.OciException)
            {
                // Contents that no layer has, for example.
            }
            _pair.Update(static r => r with { Incremental = false, Image = UpdatePair.OldImage });
            _pair.Update(static r => r with { Image = UpdatePair.NewImage, Incremental = false });
            RootfsExtractor.Clean(_pair.Rootfs, cancellation: TestContext.Current.CancellationToken);
            _pair.WithOld();
            Assert.True(_pair.IsOld());
        }
        Assert.InRange(usable, 1, 12);
    }

    [Theory]
    [InlineData("chmod 0666 {0}")]
    [InlineData("ln {0} {0}.too")]
    [InlineData("mv {0} {0}.real; ln -s {0}.real {0}")]
    [InlineData("rm {0}; mkfifo {0}")]
    [InlineData("rm {0}; mkdir {0}")]
    [InlineData("rm {0}")]
    public void A_file_that_somebody_else_could_have_written_is_not_read(string command)
    {
        Assert.Equal(0, Command.Run("sh", "-c", string.Format(System.Globalization.CultureInfo.InvariantCulture, command, _pair.TreeState)).ExitCode);

        Assert.Null(_pair.Update().Change);

        Assert.True(_pair.IsNew());
    }

    [Fact]
    public void As_root_a_file_of_another_user_is_not_read()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to own files as two users");
        Command.Run("chown", "65534", _pair.TreeState);

        Assert.Null(_pair.Update().Change);
    }

    [Fact]
    public void The_file_of_another_tree_is_not_read()
    {
        byte[] old = File.ReadAllBytes(_pair.TreeState);
        _pair.Update();
        File.WriteAllBytes(_pair.TreeState, old);

        Assert.Null(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Change);

        Assert.True(_pair.IsOld());
        Assert.Contains(_pair.Messages, static m => m.Text.EndsWith("is not used: it belongs to another tree.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_file_of_another_engine_is_not_read()
    {
        byte[] bytes = File.ReadAllBytes(_pair.TreeState)[..^SHA256.HashSizeInBytes];
        bytes[TreeStateWriter.Magic.Length] ^= 1;

        Assert.Null(Read([.. bytes, .. SHA256.HashData(bytes)], out string whyNot));

        Assert.Equal("another version of the package wrote it", whyNot);
    }

    private TreeState? Read(byte[] bytes) => Read(bytes, out _);

    private TreeState? Read(byte[] bytes, out string whyNot)
    {
        using MemoryStream stream = new(bytes);
        return TreeStateReader.Read(stream, _pair.Key()!, new EngineContext(), out whyNot);
    }
}
