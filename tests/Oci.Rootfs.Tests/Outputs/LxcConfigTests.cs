using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>The fragment of an LXC configuration, line by line.</summary>
public sealed class LxcConfigTests
{
    private readonly List<RootfsMessage> _log = [];
    private readonly TreeBuilder _tree = new();

    [Fact]
    public void An_image_that_says_nothing_gets_LXCs_own_init_a_path_and_a_signal() => Assert.Equal(
        ["lxc.arch = x86_64", $"lxc.environment = \"{DefaultPath}\"", "lxc.signal.halt = SIGTERM"], Lines(new RootfsImageConfig()));

    [Fact]
    public void An_image_that_says_everything_has_all_lines_in_their_order() => Assert.Equal(
        [
            "lxc.arch = x86_64",
            "lxc.init.cmd = \"/bin/app --to everybody\"",
            "lxc.environment = \"B=2\"",
            "lxc.environment = \"PATH=/bin\"",
            "lxc.init.cwd = \"/srv\"",
            "lxc.init.uid = 5",
            "lxc.init.gid = 6",
            "lxc.signal.halt = SIGQUIT",
            "# volume /data: lxc.mount.entry = /host/path data none bind,create=dir 0 0",
            "# port 80/tcp",
        ],
        Lines(new RootfsImageConfig
        {
            Entrypoint = ["/bin/app"],
            Cmd = ["--to", "everybody"],
            Env = ["B=2", "PATH=/bin"],
            WorkingDir = "/srv",
            User = "5:6",
            StopSignal = "SIGQUIT",
            Volumes = ["/data"],
            ExposedPorts = ["80/tcp"],
        }));

    [Fact]
    public void The_file_is_UTF8_without_a_mark_begins_with_a_comment_and_ends_with_a_line_end()
    {
        byte[] file = Write(new RootfsImageConfig { Cmd = ["/ä"] });

        Assert.Equal((byte)'#', file[0]);
        Assert.Equal((byte)'\n', file[^1]);
        Assert.DoesNotContain((byte)'\r', file);
        Assert.Contains("\n" + "lxc.init.cmd = \"/ä\"\n", Encoding.UTF8.GetString(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux/amd64", "x86_64")]
    [InlineData("linux/x86_64", "x86_64")]
    [InlineData("linux/386", "i686")]
    [InlineData("linux/arm64/v8", "aarch64")]
    [InlineData("linux/arm/v7", "armhf")]
    [InlineData("linux/arm", "armhf")]
    [InlineData("linux/arm/v5", "armel")]
    [InlineData("linux/riscv64", "riscv64")]
    [InlineData("linux/ppc64le", "ppc64le")]
    [InlineData("linux/s390x", "s390x")]
    public void The_architecture_has_LXCs_name(string platform, string expected) =>
        Assert.Contains($"lxc.arch = {expected}", Lines(new RootfsImageConfig(), platform));

    [Theory]
    [InlineData("linux/loong64")]
    [InlineData("linux/vax")]
    [InlineData("linux/amd64\nlxc.hook.start-host = x")]
    public void An_architecture_that_not_every_LXC_knows_is_left_out_with_a_message(string platform)
    {
        Assert.DoesNotContain(Lines(new RootfsImageConfig(), platform), static line => line.Contains("arch", StringComparison.Ordinal) || line.Contains("hook", StringComparison.Ordinal));
        Assert.Contains("architecture", Assert.Single(_log).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_of_another_system_is_an_error() => Assert.Equal("OCI6020", Error(new RootfsImageConfig(), "windows/amd64").Code);

    public static TheoryData<string[], string> Commands => new()
    {
        { ["/bin/sh"], "/bin/sh" },
        { ["/dump", "x=y", "a;b", "|", "&", "#x", "$HOME", "`id`", "\\n", "é中", "\u0001\u007f"], "/dump x=y a;b | & #x $HOME `id` \\n é中 \u0001\u007f" },
        { ["/dump", "it's", "a\"b", "end\"", "end'"], "/dump it's a\"b end\" end'" },
        { ["/dump", "a b"], "/dump \"a b\"" },
        { ["/du mp"], "\"/du mp\"" },
        { ["/dump", ""], "/dump \"\"" },
        { ["/dump", " lead", "trail ", "tab\there", "v\vt", "f\ff"], "/dump \" lead\" \"trail \" \"tab\there\" \"v\vt\" \"f\ff\"" },
        { ["/dump", "say \"hi\""], "/dump 'say \"hi\"'" },
        { ["/dump", "it's so"], "/dump \"it's so\"" },
        { ["/dump", "\"", "'", "\"lead", "'lead"], "/dump '\"' \"'\" '\"lead' \"'lead\"" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Arguments_are_words_as_LXC_6_splits_them(string[] arguments, string expected)
    {
        Assert.Contains($"lxc.init.cmd = \"{expected}\"", Lines(new RootfsImageConfig { Entrypoint = arguments }));
        Assert.Equal(arguments, LxcSplit.Words(expected));
    }

    [Fact]
    public void Arguments_of_random_pieces_come_back_from_LXCs_own_rules()
    {
        string[] pieces = ["a", "\"", "'", " ", "\t", "\v", "\\", "#", "=", "lxc", "é"];
        Random random = new(20261201);
        int written = 0;
        for (int i = 0; i < 5000; i++)
        {
            string[] arguments = [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => string.Concat(random.GetItems(pieces, random.Next(5))))];
            try
            {
                string line = Assert.Single(Lines(new RootfsImageConfig { Cmd = arguments }), static line => line.StartsWith("lxc.init.cmd = ", StringComparison.Ordinal));
                Assert.Equal(arguments, LxcSplit.Words(LxcSplit.Value(line)));
                written++;
            }
            catch (OciException e) when (e.Code == "OCI6012")
            {
                Assert.Contains(arguments, static a => a.Contains('"', StringComparison.Ordinal) && a.Contains('\'', StringComparison.Ordinal));
            }
        }
        Assert.InRange(written, 2000, 4999);
    }

    [Theory]
    [InlineData("it's \"so\"")]
    [InlineData("'\"")]
    [InlineData("\"'")]
    public void An_argument_that_needs_quotes_and_has_both_kinds_is_an_error(string argument) =>
        Assert.Equal("OCI6012", Error(new RootfsImageConfig { Cmd = ["/bin/sh", argument] }).Code);

    [Fact]
    public void Quoted_words_are_one_warning_that_LXC_6_is_needed()
    {
        Lines(new RootfsImageConfig { Cmd = ["/bin/sh", "-c", "echo hi", "a b"] });

        RootfsMessage warning = Assert.Single(_log);
        Assert.Equal("OCI6015", warning.Code);
        Assert.Contains("LXC 6.0", warning.Text, StringComparison.Ordinal);
        Assert.Contains("'echo hi'", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_words_need_no_warning()
    {
        Lines(new RootfsImageConfig { Cmd = ["/bin/app", "it's", "a=b"] });

        Assert.Empty(_log);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\0")]
    public void A_line_end_or_NUL_can_be_in_no_value(string c)
    {
        string evil = $"x{c}lxc.hook.pre-start = /bin/sh";

        Assert.Equal("OCI6011", Error(new RootfsImageConfig { Cmd = ["/bin/sh", evil] }).Code);
        Assert.Equal("OCI6011", Error(new RootfsImageConfig { Env = ["A=" + evil] }).Code);
        Assert.Equal("OCI6011", Error(new RootfsImageConfig { WorkingDir = "/" + evil }).Code);
    }

    [Theory]
    [InlineData("A= lead and trail ")]
    [InlineData("A=\"quoted\"")]
    [InlineData("A='q'")]
    [InlineData("A=")]
    [InlineData("A=x=y")]
    [InlineData("A=\"")]
    [InlineData("A=#h")]
    [InlineData("A=$HOME;`x`\\n")]
    [InlineData("A=tab\tx\u0001")]
    [InlineData("A B=c")]
    [InlineData("lxc.foo=1")]
    [InlineData("A=é")]
    public void An_entry_of_the_environment_stands_in_one_pair_of_quotes_unchanged(string entry)
    {
        string line = $"lxc.environment = \"{entry}\"";

        Assert.Contains(line, Lines(new RootfsImageConfig { Env = [entry] }));
        Assert.Equal(entry, LxcSplit.Value(line));
    }

    [Fact]
    public void The_last_entry_of_a_name_stays() => Assert.Equal(
        ["lxc.environment = \"A=3\"", "lxc.environment = \"PATH=/b\"", "lxc.environment = \"a=1\""],
        Lines(new RootfsImageConfig { Env = ["A=1", "PATH=/a", "a=1", "A=2", "PATH=/b", "A=3"] }).Where(static line => line.StartsWith("lxc.env", StringComparison.Ordinal)));

    [Fact]
    public void An_entry_without_a_value_is_left_out_with_a_warning_and_never_the_hosts()
    {
        Assert.DoesNotContain(Lines(new RootfsImageConfig { Env = ["HOME", "PATH"] }), static line => line.Contains("HOME", StringComparison.Ordinal) || line.Contains("\"PATH\"", StringComparison.Ordinal));
        Assert.Equal(["OCI6014", "OCI6014"], _log.Select(static message => message.Code));
        Assert.Contains($"lxc.environment = \"{DefaultPath}\"", Lines(new RootfsImageConfig { Env = ["PATH"] }));
    }

    [Fact]
    public void An_entry_without_a_name_is_an_error() => Assert.Equal("OCI6013", Error(new RootfsImageConfig { Env = ["=v"] }).Code);

    [Theory]
    [InlineData("/srv/a b ", "/srv/a b ")]
    [InlineData("srv", "/srv")]
    [InlineData("./x", "/./x")]
    [InlineData("../x", "/../x")]
    public void A_working_directory_is_absolute(string directory, string expected) =>
        Assert.Contains($"lxc.init.cwd = \"{expected}\"", Lines(new RootfsImageConfig { WorkingDir = directory }));

    [Theory]
    [InlineData("/srv", false)]
    [InlineData("link/../srv", false)]
    [InlineData("/", false)]
    [InlineData("/nowhere", true)]
    [InlineData("/file", true)]
    [InlineData("/srv/below", true)]
    public void A_working_directory_that_is_not_in_the_tree_is_a_warning(string directory, bool isWarned)
    {
        _tree.Add("srv", TreeBuilder.Directory());
        _tree.Add("file", new Inode { Kind = EntryKind.File });
        _tree.Add("link", new Inode { Kind = EntryKind.Symlink, SymlinkTarget = [.. "/srv"u8] });

        Lines(new RootfsImageConfig { WorkingDir = directory });

        Assert.Equal(isWarned ? ["OCI6022"] : [], _log.Select(static message => message.Code));
    }

    [Fact]
    public void A_named_user_is_numbers_with_all_groups()
    {
        UserFiles files = new("app:x:5:6:::\n", "a:x:8:app\nb:x:70000:app\n");
        using MemoryStream output = new();

        LxcConfig.Write(output, Contents.Of(new RootfsImageConfig { User = "app" }, tree: files.Tree), files.Lookup);

        Assert.Contains("\nlxc.init.uid = 5\nlxc.init.gid = 6\nlxc.init.groups = 8,70000\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/data", ": lxc.mount.entry = /host/path data none bind,create=dir 0 0")]
    [InlineData("data/x/", ": lxc.mount.entry = /host/path data/x none bind,create=dir 0 0")]
    [InlineData("/my data\\x", ": lxc.mount.entry = /host/path my\\040data\\134x none bind,create=dir 0 0")]
    [InlineData("/", "")]
    [InlineData("/a/../../etc", "")]
    public void A_volume_is_a_comment_with_a_line_to_copy_unless_that_would_mislead(string volume, string expected) =>
        Assert.Contains($"# volume {volume}{expected}", Lines(new RootfsImageConfig { Volumes = [volume] }));

    [Theory]
    [InlineData("/x\nlxc.hook.pre-start = /bin/sh", "# volume /x%0Alxc.hook.pre-start = /bin/sh")]
    [InlineData("/x\r\u0085\u2028\u202e", "# volume /x%0D%C2%85%E2%80%A8%E2%80%AE")]
    public void A_comment_ends_where_its_line_ends(string text, string expected)
    {
        string[] lines = Lines(new RootfsImageConfig { Volumes = [text], ExposedPorts = [text] });

        Assert.Contains(expected, lines);
        Assert.Contains(expected.Replace("volume", "port", StringComparison.Ordinal), lines);
    }

    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private OciException Error(RootfsImageConfig config, string platform = "linux/amd64") => Assert.Throws<OciException>(() => Write(config, platform));

    /// <summary>All lines but the first, which is a comment.</summary>
    private string[] Lines(RootfsImageConfig config, string platform = "linux/amd64") =>
        Encoding.UTF8.GetString(Write(config, platform)).TrimEnd('\n').Split('\n')[1..];

    private byte[] Write(RootfsImageConfig config, string platform = "linux/amd64")
    {
        using MemoryStream output = new();
        OutputContent content = Contents.Of(config, platform, log: _log, tree: _tree);
        LxcConfig.Write(output, content, new UserLookup(content.Tree, static _ => throw new InvalidOperationException("no file is read"), content.Context));
        return output.ToArray();
    }
}
