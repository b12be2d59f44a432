using System.Reflection;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>What a tree is made of is in its key. An option that the key forgets would leave a tree of the old option standing as up to date.</summary>
public sealed class BuildKeyTests
{
    private static readonly Privileges Root = new(HasChown: true, MapsIds: true, Mknod: true, SetFileCapabilities: true, Admin: true, UserId: 0, GroupId: 0);

    /// <summary>Options that change no byte of what is written, each with the reason. Every other option of a request is part of the key.</summary>
    private static readonly Dictionary<string, string> NotInTheKey = new()
    {
        [nameof(RootfsRequest.Image)] = "The manifest's digest is in the key: the same image in another file gives the same tree.",
        [nameof(RootfsRequest.Reference)] = "It chooses the manifest, whose digest is in the key.",
        [nameof(RootfsRequest.Platform)] = "It chooses the manifest, whose digest is in the key.",
        [nameof(RootfsRequest.RootfsDirectory)] = "The key lies beside the directory, with the directory's identity.",
        [nameof(RootfsRequest.Registries)] = "They say how the image is got. What it is, its digests say.",
        [nameof(RootfsRequest.CacheDirectory)] = "It holds copies that are verified like the image itself.",
        [nameof(RootfsRequest.UseNativeDecoders)] = "Both decoders give the bytes that the digests ask for, or an error.",
        [nameof(RootfsRequest.Limits)] = "They decide whether a tree is made, not which.",
        [nameof(RootfsRequest.Project)] = "It is who asks for the tree, not what.",
        [nameof(RootfsRequest.TreeList)] = "It is where the project remembers its trees.",
        [nameof(RootfsRequest.TreesOfThisBuild)] = "It is what the build did so far.",
        [nameof(RootfsRequest.Incremental)] = "Changed or made anew, a tree is the same.",
        [nameof(RootfsRequest.Drift)] = "It decides what happens to a tree that somebody has changed, not what is made.",
        [nameof(RootfsRequest.Verify)] = "It decides how closely a tree is looked at, not what is made.",
        [nameof(RootfsRequest.Cores)] = "It changes the time taken.",
        [nameof(RootfsRequest.FailIfNotUpToDate)] = "It decides whether work is done, not which.",
        [nameof(RootfsRequest.Archive)] = "Archives have a key of their own, which the tests below hold.",
        [nameof(RootfsRequest.ImageArchive)] = "An image archive has a key of its own, which the tests below hold.",
        [nameof(RootfsRequest.Log)] = "It is where messages go.",
    };

    /// <summary>Other values for options whose type alone doesn't say how they can differ.</summary>
    private static readonly Dictionary<Type, Func<object?, object>> Others = new()
    {
        [typeof(ImageReference)] = static value => (ImageReference)(value + "x"),
        [typeof(string)] = static value => value + "x",
        [typeof(bool)] = static value => !(bool)value!,
        [typeof(int)] = static value => (int)value! + 1,
        [typeof(long)] = static value => (long)value! + 1,
        [typeof(ArchiveOptions)] = static _ => new ArchiveOptions { CompressionLevel = 7 },
        // Its key is of what its files contain: OwnKeyTests.
        [typeof(OwnFiles)] = static _ => new OwnFiles { Key = "sha256:of the own files" },
        [typeof(ImageArchiveOptions)] = static _ => new ImageArchiveOptions { Reference = "x" },
        [typeof(RegistryOptions)] = static _ => new RegistryOptions { Offline = true },
        [typeof(RootfsLimits)] = static _ => new RootfsLimits { MaxNodes = 1 },
        [typeof(DriftPolicy)] = static _ => DriftPolicy.Fail,
        [typeof(RootfsVerification)] = static _ => RootfsVerification.Content,
        [typeof(IReadOnlyList<RequestedOutput>)] = static _ => Array.Empty<RequestedOutput>(),
        [typeof(IDictionary<string, string>)] = static _ => new Dictionary<string, string>(),
        [typeof(Action<RootfsMessage>)] = static _ => (Action<RootfsMessage>)(static _ => { }),
    };

    private static readonly RootfsRequest Request = new()
    {
        Image = "/image",
        RootfsDirectory = "/rootfs",
        Name = "name",
        Ownership = Ownership.Auto,
        Outputs = [new(OutputKind.ConfigJson, "/json"), new(OutputKind.ConfigProps, "/props"), new(OutputKind.Mtree, "/mtree"), new(OutputKind.Changes, "/changes"), new(OutputKind.LxcConfig, "/lxc"), new(OutputKind.RuntimeConfig, "/config.json")],
        RuntimeConfigRoot = "rootfs",
    };

    public static TheoryData<string> Options => [.. typeof(RootfsRequest).GetProperties().Select(static p => p.Name)];

    [Theory]
    [MemberData(nameof(Options))]
    public void An_option_changes_the_key_unless_there_is_a_reason_that_it_need_not(string option) =>
        Assert.Equal(NotInTheKey.ContainsKey(option), Key(Request) == Key(Changed(option)));

    [Fact]
    public void Reasons_are_for_options_that_there_are() => Assert.Subset(Options.Select(static o => o.Data).ToHashSet(), NotInTheKey.Keys.ToHashSet());

    public static TheoryData<string> Outputs => [.. OutputKind.Documents.Select(static kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Outputs))]
    public void An_output_that_is_no_longer_wanted_or_is_elsewhere_changes_the_key(string kind)
    {
        RequestedOutput output = Request.Outputs.Single(o => o.Kind.Name == kind);
        IEnumerable<RequestedOutput> others = Request.Outputs.Where(o => o != output);

        string[] keys = [Key(Request), Key(Request with { Outputs = [.. others] }), Key(Request with { Outputs = [.. others, output with { Path = "/elsewhere" }] })];

        Assert.Equal(keys, keys.Distinct());
    }

    /// <summary>Options that change no byte of an archive. Every other option is part of its key.</summary>
    private static readonly HashSet<string> NotInAnArchive = [.. NotInTheKey.Keys.Except([nameof(RootfsRequest.Archive)]), nameof(RootfsRequest.Name), nameof(RootfsRequest.Outputs), nameof(RootfsRequest.MakeWritable), nameof(RootfsRequest.Ownership), nameof(RootfsRequest.RuntimeConfigRoot), nameof(RootfsRequest.RuntimeConfigTmpfs)];

    [Theory]
    [MemberData(nameof(Options))]
    public void An_option_changes_the_key_of_archives_unless_it_is_about_the_builder_or_other_outputs(string option) =>
        Assert.Equal(NotInAnArchive.Contains(option), ArchiveKey(Request) == ArchiveKey(Changed(option)));

    public static TheoryData<string> ArchiveOptionNames => [.. typeof(ArchiveOptions).GetProperties().Select(static p => p.Name)];

    [Theory]
    [MemberData(nameof(ArchiveOptionNames))]
    public void Every_option_of_archives_is_in_their_key(string option)
    {
        ArchiveOptions changed = option switch
        {
            nameof(ArchiveOptions.CompressionLevel) => new ArchiveOptions { CompressionLevel = 3 },
            nameof(ArchiveOptions.Mtime) => new ArchiveOptions { Mtime = ArchiveMtime.Set },
            nameof(ArchiveOptions.HoleThreshold) => new ArchiveOptions { HoleThreshold = 1 },
            nameof(ArchiveOptions.Devices) => new ArchiveOptions { Devices = ArchiveDevices.Skip },
            nameof(ArchiveOptions.For) => new ArchiveOptions { For = ArchiveConsumers.Wsl },
            nameof(ArchiveOptions.Xattrs) => new ArchiveOptions { Xattrs = [] },
            _ => throw new ArgumentException(option),
        };

        Assert.NotEqual(ArchiveKey(Request), ArchiveKey(Request with { Archive = changed }));
    }

    /// <summary>Options that change no byte of an image archive. Every other option is part of its key.</summary>
    private static readonly HashSet<string> NotInAnImageArchive = [.. NotInAnArchive.Except([nameof(RootfsRequest.ImageArchive), nameof(RootfsRequest.Name)])];

    [Theory]
    [MemberData(nameof(Options))]
    public void An_option_changes_the_key_of_image_archives_unless_it_is_about_the_builder_or_other_outputs(string option) =>
        Assert.Equal(NotInAnImageArchive.Contains(option), ImageArchiveKey(Request) == ImageArchiveKey(Changed(option)));

    [Fact]
    public void Every_option_of_an_image_archive_is_in_its_key()
    {
        ImageArchiveOptions[] options = [new(), new() { Compression = ImageArchiveCompression.Zstd }, new() { Reference = "a" }, new() { Reference = "b" }];

        Assert.Equal(2, typeof(ImageArchiveOptions).GetProperties().Length);
        Assert.Distinct(options.Select(static o => ImageArchiveKey(Request with { ImageArchive = o })));
    }

    [Fact]
    public void An_archive_and_an_image_archive_of_one_request_have_different_keys() => Assert.NotEqual(ArchiveKey(Request), ImageArchiveKey(Request));

    private static string ImageArchiveKey(RootfsRequest request) => BuildKey.OfImageArchive(request, DigestOf('a'), null);

    private static string ArchiveKey(RootfsRequest request) => BuildKey.OfArchive(request, DigestOf('a'), null);

    [Fact]
    public void Without_a_root_of_its_own_the_runtime_configuration_names_the_tree_and_another_tree_is_another_key()
    {
        RootfsRequest request = Request with { RuntimeConfigRoot = null };
        RootfsRequest without = request.With(OutputKind.RuntimeConfig, null);

        Assert.NotEqual(Key(request), Key(request with { RootfsDirectory = "/other" }));
        Assert.Equal(Key(without), Key(without with { RootfsDirectory = "/other" }));
    }

    [Fact]
    public void A_value_that_looks_like_the_next_line_is_another_key() =>
        Assert.NotEqual(Key(Request with { Name = "a\nmakeWritable=True" }), Key(Request with { Name = "a", MakeWritable = true }));

    [Fact]
    public void An_image_that_names_no_platform_is_another_tree_for_each_that_is_asked_for()
    {
        string[] keys = [.. new OciPlatform?[] { null, new("linux", "amd64"), new("linux", "arm64") }.Select(static asked => BuildKey.OfTree(Request, DigestOf('a'), asked, Root))];

        Assert.Equal(keys, keys.Distinct());
    }

    [Fact]
    public void Another_manifest_is_another_key() => Assert.NotEqual(Key(Request), BuildKey.OfTree(Request, DigestOf('b'), null, Root));

    [Fact]
    public void What_the_process_may_do_is_part_of_the_key_where_it_decides_what_stands_on_disk()
    {
        string[] keys = [.. new[] { Root, Root with { HasChown = false }, Root with { MapsIds = false }, Root with { Mknod = false }, Root with { SetFileCapabilities = false }, Root with { Admin = false }, Root with { UserId = 1 }, Root with { GroupId = 1 } }
            .Select(static privileges => BuildKey.OfTree(Request, DigestOf('a'), null, privileges))];

        Assert.Equal(keys, keys.Distinct());
    }

    [Fact]
    public void Where_all_is_only_recorded_the_user_alone_counts()
    {
        RootfsRequest recorded = Request with { Ownership = Ownership.Record };
        string root = Key(recorded);

        Assert.Equal(root, BuildKey.OfTree(recorded, DigestOf('a'), null, Root with { HasChown = false, Mknod = false, GroupId = 1 }));
        Assert.NotEqual(root, BuildKey.OfTree(recorded, DigestOf('a'), null, Root with { UserId = 1 }));
    }

    [Theory]
    [InlineData("version")]
    [InlineData("build")]
    public void Another_engine_is_another_key(string differsIn) => Assert.NotEqual(OtherEngine.Key(null), OtherEngine.Key(differsIn));

    private static RootfsRequest Changed(string option)
    {
        RootfsRequest changed = Request with { };
        PropertyInfo property = typeof(RootfsRequest).GetProperty(option)!;
        object? value = property.GetValue(changed);
        property.SetValue(changed, property.PropertyType.IsEnum
            ? Enum.GetValues(property.PropertyType).Cast<object>().First(other => !other.Equals(value))
            : Others[property.PropertyType](value));
        return changed;
    }

    private static string Key(RootfsRequest request) => BuildKey.OfTree(request, DigestOf('a'), null, Root);

    private static Digest DigestOf(char digit) => Digest.TryParse("sha256:" + new string(digit, 64), out Digest? digest) ? digest : throw new ArgumentException($"'{digit}'");
}
