using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>What stands where the tree goes, and what the builder's own process is like: links, FIFOs, ACLs, umask, few descriptors.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly Attack _attack = new();

    private Scenario S => _attack.S;

    /// <summary><c>u::rwx,u:12:rwx,g::rwx,m::rwx,o::rwx</c> as the kernel has it (acl(5)): version 2, then a tag, rights and an id each.</summary>
    private static byte[] DefaultAcl =>
    [
        2, 0, 0, 0,
        0x01, 0, 7, 0, .. NoId, 0x02, 0, 7, 0, 12, 0, 0, 0, 0x04, 0, 7, 0, .. NoId, 0x10, 0, 7, 0, .. NoId, 0x20, 0, 7, 0, .. NoId,
    ];

    private static ReadOnlySpan<byte> NoId => [0xFF, 0xFF, 0xFF, 0xFF];

    public void Dispose() => _attack.Dispose();

    [Theory]
    [InlineData("/dir")]
    [InlineData("/empty")]
    [InlineData("/nothing")]
    public void A_destination_that_is_a_link_is_refused(string target)
    {
        System.IO.File.CreateSymbolicLink(S.Rootfs, _attack.Canary + target);
        S.With(Of(File("f", "evil")));
        IReadOnlyList<string> before = _attack.Outside();

        Assert.Equal("OCI5002", S.Fails().Code);
        Assert.Equal("OCI5002", Assert.Throws<Errors.OciException>(() => RootfsExtractor.Clean(S.Rootfs, cancellation: TestContext.Current.CancellationToken)).Code);

        Assert.Equal(before, _attack.Outside());
        Assert.Equal(_attack.Canary + target, new FileInfo(S.Rootfs).LinkTarget);
    }

    [Fact]
    public void A_directory_with_the_inode_number_of_our_removed_tree_is_not_ours()
    {
        S.With(Of(File("f"))).Extract();
        // ext4 gives the number of a removed directory to the next one; here it is made sure of.
        string stateFile = System.IO.File.ReadAllText(S["out/.rootfs.oci"]);
        string ours = Command.Run("stat", "-c", "%i", S.Rootfs).Output.Trim();
        Directory.Move(S.Rootfs, S["kept"]);
        Directory.CreateDirectory(S["out/rootfs/precious"]);
        string theirs = Command.Run("stat", "-c", "%i", S.Rootfs).Output.Trim();
        Assert.Contains($"\"inode\": {ours}", stateFile, StringComparison.Ordinal);
        System.IO.File.WriteAllText(S["out/.rootfs.oci"], stateFile.Replace($"\"inode\": {ours}", $"\"inode\": {theirs}", StringComparison.Ordinal));
        S.With(Of(File("g")));

        Assert.Equal("OCI5001", S.Fails().Code);
        Assert.Equal("OCI5001", Assert.Throws<Errors.OciException>(() => RootfsExtractor.Clean(S.Rootfs, cancellation: TestContext.Current.CancellationToken)).Code);
        Assert.True(Directory.Exists(S["out/rootfs/precious"]));
    }

    [Theory]
    [InlineData("ln -s ../canary/file .rootfs.oci")]
    [InlineData("ln ../canary/file .rootfs.oci")]
    [InlineData("mkfifo .rootfs.oci")]
    public void A_state_file_that_is_a_link_or_a_FIFO_is_refused_and_not_written_to(string make)
    {
        Assert.Equal(0, Command.Run("sh", "-c", $"cd '{S["out"]}' && {make}").ExitCode);
        S.With(Of(File("f")));
        IReadOnlyList<string> before = _attack.Outside();

        Assert.Equal("OCI5010", S.Fails().Code);

        Assert.Equal(before, _attack.Outside());
        Assert.False(Path.Exists(S.Rootfs));
    }

    [Theory]
    [InlineData("ln -s ../canary/file")]
    [InlineData("mkfifo")]
    [InlineData("ln ../canary/file")]
    public void What_stands_at_an_output_files_place_or_temporary_name_is_replaced_not_written_through(string make)
    {
        foreach (string file in (string[])["config.json", "config.props", "rootfs.mtree", ".config.json.oci-new", ".rootfs.mtree.oci-new"])
            Assert.Equal(0, Command.Run("sh", "-c", $"cd '{S["out"]}' && {make} {file}").ExitCode);
        S.With(Of(File("f")));

        S.Extract();

        Assert.Equal("canary", System.IO.File.ReadAllText(S["canary/file"]));
        Assert.All((string[])[S.Json, S.Props, S.Record], static f => Assert.True(new FileInfo(f) is { LinkTarget: null, Length: > 0 }));
        S.ShouldHaveNoLitter();
    }

    [Fact]
    public void A_parent_that_is_a_link_is_the_users_own_way()
    {
        System.IO.File.CreateSymbolicLink(S["link"], "out");
        S.With(Of(File("f", "1")));

        Assert.True(S.Extract(r => r with { RootfsDirectory = S["link/rootfs"] }).Extracted);
        Assert.Equal("1", S.Read("f"));
    }

    [Fact]
    public void A_setgid_parent_with_default_ACLs_gives_the_tree_neither()
    {
        Assert.Equal(0, Command.Run("chmod", "2777", S["out"]).ExitCode);
        Assert.SkipUnless(NodeXattrs.TrySet(S["out"], "system.posix_acl_default", DefaultAcl), "the file system has no ACLs");
        if (Command.IsRoot)
            Command.Run("chgrp", "34", S["out"]);
        S.With(Of(Dir("d", mode: "0750"), File("d/f", "1", mode: "0640"), File("implied/f")));

        S.Extract(static r => r with { Ownership = Ownership.Record });

        Assert.Equal(["d 755", "d d 750", "d/f f 640", "implied d 755", "implied/f f 644"], DiskTree.Of(S.Rootfs));
        Assert.Single(DiskTree.Owners(S.Rootfs).Select(static l => l[(l.LastIndexOf(' ') + 1)..]).Distinct());
        foreach (string path in (string[])["", "d", "d/f", "implied"])
            Assert.DoesNotContain(DiskTree.Xattrs(Path.Combine(S.Rootfs, path)), static x => x.StartsWith("system.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("0777")]
    public void The_umask_changes_nothing_in_the_tree(string umask)
    {
        S.With(Of(Dir("d", mode: "0750"), File("d/f", "1", mode: "0666"), File("implied/deep/f", TarContent.Generated(100_000)), Fifo("p", mode: "0666")), Of(File("d/f", "2", mode: "0666")));
        string[] under = [.. Command.AsUser, "sh", "-c", $"umask {umask}; exec \"$@\"", "-"];

        CommandResult first = Command.RunnerUnder(under, "extract", S.Image, S.Rootfs, "--json", S.Json);
        CommandResult again = Command.RunnerUnder(under, "extract", S.Image, S.Rootfs, "--json", S.Json);
        CommandResult other = Command.RunnerUnder(under, "extract", S.Image, S.Rootfs, "--json", S.Json, "--make-writable");

        Assert.True((first.ExitCode, again.ExitCode, other.ExitCode) == (0, 3, 0), first.Error + again.Error + other.Error);
        Assert.Equal(["d 755", "d d 750", "d/f f 666", "implied d 755", "implied/deep d 755", "implied/deep/f f 644", "p p 666"], DiskTree.Of(S.Rootfs));
    }

    [Fact]
    public void Two_thousand_directories_with_a_small_file_each_need_few_descriptors()
    {
        S.With(ImageLayer.Gzip(Of(Enumerable.Range(0, 2000).Select(static i => File($"usr/share/doc/package-{i}/copyright", "free")))));

        CommandResult result = Command.RunnerUnder(["prlimit", "--nofile=600:600"], "extract", S.Image, S.Rootfs);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(2000, Directory.GetFiles(S.Rootfs, "copyright", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Too_few_descriptors_are_a_coded_error_without_litter()
    {
        S.With(ImageLayer.Gzip(Of(Enumerable.Range(0, 2000).Select(static i => File($"a/b/c/d-{i}/copyright", "free")))));
        IReadOnlyList<string> before = _attack.Outside();

        CommandResult result = Command.RunnerUnder(["prlimit", "--nofile=180:180"], "extract", S.Image, S.Rootfs);

        Assert.True(result.ExitCode == 0 || result.Error.StartsWith("OCI5018: ", StringComparison.Ordinal), result.Error);
        Assert.Equal(before, _attack.Outside());
        S.ShouldHaveNoLitter();
    }

    [Fact]
    public void A_failed_extraction_leaves_no_descriptor_open()
    {
        S.With(Of(File("a/f", TarContent.Generated(200_000)), File("a/g", "x"), Hardlink("h", "nothing")));
        int before = 0;
        for (int i = 0; i < 20; i++)
        {
            S.Fails();
            if (i == 4)
                before = Ours();
        }
        Assert.Equal(before, Ours());

        // Others run meanwhile: only what is open in this test's own directory counts.
        int Ours() => new DirectoryInfo("/proc/self/fd").EnumerateFiles().Count(f => f.LinkTarget?.StartsWith(S.Place, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_destination_whose_state_file_has_too_long_a_name_leaves_no_parents()
    {
        S.With(Of(File("f")));
        Errors.OciException error = S.Fails(r => r with { RootfsDirectory = S["new/parents/" + new string('x', 253)], Outputs = [] });

        Assert.Equal("OCI5005", error.Code);
        Assert.False(Path.Exists(S["new"]));
    }
}
