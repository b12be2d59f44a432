using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tests.Outputs;

public sealed class ConfigPropsTests
{
    public static TheoryData<string> HostileTexts =>
    [
        "",
        " ",
        "  two at each end  ",
        "\t\r\n",
        "line\nline\r\nline\rend\n",
        "$(Evaluated)",
        "$([System.IO.File]::ReadAllText('/etc/passwd'))",
        "@(OciImageEnv)",
        "@(OciImageEnv->'%(Value)')",
        "%(Identity)%(Value)",
        "%24(Evaluated)%2524(Evaluated)%%%",
        "a;b;;c",
        "*;**/*;?",
        "/etc/*",
        "it's \"quoted\" <tag/> &amp; &#65; ]]> <!-- -->",
        "back\\slash\\",
        "\\etc\\passwd",
        "..\\..\\etc/passwd",
        "C:\\x",
        "nul\0nul",
        "\0",
        "\u0001\u0008\u000b\u001b[31m\u007f\u0085\u00a0",
        "\u2003\u3000wide spaces\u2028\u2029",
        "\ufeffbom\u202eturned",
        "ä€😀",
        "\ufffe\uffff",
        "\ud800 half \udc00\udc00\ud800",
        "\ue000\U0010ffff",
        "true",
        "==",
    ];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void Any_text_of_an_image_comes_back_exactly_and_is_not_evaluated(string text) => AssertRoundTrip([text]);

    [Fact]
    public void Random_texts_of_nasty_pieces_come_back_exactly()
    {
        string[] pieces = [.. HostileTexts.Select(static row => row.Data), "%", "$(", "@(", ")", "%(", ";", "'", "*", "\\", " ", "\n", "a", "A", "/", "=", "\0", "\ud83d", "\ude00", "&", "<", "\""];
        Random random = new(20261121);
        string[] texts = [.. Enumerable.Range(0, 3000).Select(_ => string.Concat(random.GetItems(pieces, random.Next(6))))];

        AssertRoundTrip(texts);
    }

    [Fact]
    public void Every_character_comes_back_in_the_middle_and_at_the_ends()
    {
        IEnumerable<char> below = Enumerable.Range(0, 0x3000).Select(static c => (char)c);
        IEnumerable<char> above = Enumerable.Range(0xd700, 0x10000 - 0xd700).Select(static c => (char)c);

        AssertRoundTrip([.. below.Concat(above).Chunk(16).Select(static chunk => new string(chunk)), .. below.Take(0x200).Select(static c => c.ToString())]);
    }

    [Fact]
    public void The_image_s_name_is_escaped_as_well()
    {
        EvaluatedItem image = PropsEvaluation.Evaluate(Results.With(new RootfsImageConfig()), "$(Evaluated);*")[0];

        Assert.Equal("$(Evaluated);*", image["Image"]);
        Assert.Equal("%24%28Evaluated%29%3B%2A", image.Identity);
    }

    [Fact]
    public void The_image_s_item_has_digests_platform_and_how_to_start()
    {
        EvaluatedItem image = PropsEvaluation.Evaluate(Results.With(new RootfsImageConfig
        {
            Entrypoint = ["/bin/sh", "-c", "echo \"$HOME\"\n\\ä"],
            Cmd = [],
            WorkingDir = "/srv/my app",
            User = "1000:1000",
            StopSignal = "SIGTERM",
        }))[0];

        Assert.Equal(("OciImageConfig", "app"), (image.Type, image.Identity));
        Assert.Equal((Results.A, Results.B, "linux/arm64/v8"), (image["ManifestDigest"], image["ConfigDigest"], image["Platform"]));
        Assert.Equal("""["/bin/sh","-c","echo \"$HOME\"\u000a\\\u00e4"]""", image["Entrypoint"]);
        Assert.Equal("[]", image["Cmd"]);
        Assert.Equal(("/srv/my app", "1000:1000", "SIGTERM"), (image["WorkingDirectory"], image["User"], image["StopSignal"]));
    }

    [Fact]
    public void What_the_image_does_not_say_is_empty()
    {
        EvaluatedItem image = PropsEvaluation.Evaluate(Results.With(new RootfsImageConfig()))[0];

        Assert.All(["Entrypoint", "Cmd", "WorkingDirectory", "User", "StopSignal"], name => Assert.Equal("", image[name]));
    }

    [Fact]
    public void Environment_keeps_its_order_duplicates_and_entries_without_a_value_rule_96()
    {
        RootfsResult result = Results.With(new RootfsImageConfig { Env = ["PATH=/bin:/usr/bin", "A=1=2", "BARE", "A=", "=odd", "a=lower"] });

        List<EvaluatedItem> env = OfType(PropsEvaluation.Evaluate(result), "OciImageEnv");

        Assert.Equal(
            [("PATH", "PATH", "/bin:/usr/bin", "true"), ("A", "A", "1=2", "true"), ("BARE", "BARE", "", "false"), ("A", "A", "", "true"), ("%", "", "odd", "true"), ("a", "a", "lower", "true")],
            env.Select(static e => (e.Identity, e["Name"], e["Value"], e["HasValue"])));
        Assert.All(env, static e => Assert.Equal("app", e["Image"]));
    }

    [Fact]
    public void Ports_are_split_and_tcp_unless_they_say_otherwise()
    {
        RootfsResult result = Results.With(new RootfsImageConfig { ExposedPorts = ["53/udp", "8080", "9/x/y", "odd"] });

        Assert.Equal(
            [("53/udp", "53/udp", "53", "udp"), ("8080", "8080", "8080", "tcp"), ("9/x/y", "9/x/y", "9", "x/y"), ("odd", "odd", "odd", "tcp")],
            OfType(PropsEvaluation.Evaluate(result), "OciImageExposedPort").Select(static p => (p.Identity, p["Name"], p["Port"], p["Protocol"])));
    }

    [Fact]
    public void Layers_come_bottom_first_with_digest_diff_id_type_and_size()
    {
        List<EvaluatedItem> layers = OfType(PropsEvaluation.Evaluate(Results.With(new RootfsImageConfig())), "OciImageLayer");

        Assert.Equal(
            [(Results.C, Results.C, Results.D, "application/vnd.oci.image.layer.v1.tar+gzip", "1234567890123", "app"), (Results.D, Results.D, Results.C, "a/b", "0", "app")],
            layers.Select(static l => (l.Identity, l["Digest"], l["DiffId"], l["MediaType"], l["Size"], l["Image"])));
    }

    [Fact]
    public void Identities_can_be_turned_back_into_names_and_no_two_names_share_one()
    {
        Random random = new(7);
        string[] pieces = ["", "%", "a", "A", " ", "\\", "*", "é", "😀", "\0", "%41", "\n", ";", "\u2003"];
        HashSet<string> names = [.. Enumerable.Range(0, 5000).Select(_ => string.Concat(random.GetItems(pieces, random.Next(5)))), "", "%", "%25"];

        Dictionary<string, string> identities = names.ToDictionary(ItemIdentity.Of);

        Assert.All(identities, static i => Assert.Equal(i.Value, i.Key == "%" ? "" : Uri.UnescapeDataString(i.Key)));
        Assert.All(identities.Keys, static i => Assert.Matches(@"\A[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?\z", i));
        Assert.All(identities.Keys, static i => Assert.DoesNotMatch(@"[\\;*?$@()']", i));
        Assert.Equal("%ED%A0%80", ItemIdentity.Of("\ud800"));
    }

    [Fact]
    public void The_file_holds_no_character_with_a_meaning_to_MSBuild_and_is_plain_XML()
    {
        string everything = string.Concat(HostileTexts.Select(static row => row.Data)).Replace("\ufffe\uffff", "", StringComparison.Ordinal).Replace("\ud800 half \udc00\udc00\ud800", "", StringComparison.Ordinal);
        string text = Encoding.UTF8.GetString(Write(Results.With(new RootfsImageConfig { Env = [everything], Labels = [new(everything, everything)] })));

        Assert.DoesNotMatch(new Regex(@"[$@';*\\?]|%(?![0-9A-F]{2})|\(|\)"), text[text.IndexOf("<Project>", StringComparison.Ordinal)..].Replace("&#x", "", StringComparison.Ordinal).Replace(";", "", StringComparison.Ordinal));
        Assert.Equal(5, XDocument.Parse(text).Root!.Elements().Single().Elements().Count());
    }

    [Fact]
    public void The_same_image_gives_the_same_bytes_with_unix_line_ends()
    {
        RootfsResult result = Results.With(new RootfsImageConfig { Env = ["A=1"] });
        byte[] first = Write(result);

        Assert.Equal(first, Write(result));
        Assert.DoesNotContain((byte)'\r', first);
        Assert.Equal((byte)'<', first[0]);
        Assert.Equal((byte)'\n', first[^1]);
    }

    [Fact]
    public void More_items_than_a_build_can_bear_are_refused_before_a_byte_is_written_OCI6001()
    {
        RootfsResult most = Results.With(new RootfsImageConfig { Env = [.. Enumerable.Repeat("A", ConfigProps.MaxItems - 3)] });
        RootfsResult tooMany = most with { Config = most.Config with { Volumes = ["/v"] } };
        using MemoryStream output = new();

        Assert.NotEmpty(Write(most));
        OciException error = Assert.Throws<OciException>(() => ConfigProps.Write(output, "app", tooMany));

        Assert.Equal("OCI6001", error.Code);
        Assert.Equal((ConfigProps.MaxItems + 1).ToString(CultureInfo.InvariantCulture), error.Found);
        Assert.Equal(0, output.Length);
    }

    private static byte[] Write(RootfsResult result)
    {
        using MemoryStream file = new();
        ConfigProps.Write(file, "app", result);
        return file.ToArray();
    }

    private static void AssertRoundTrip(string[] texts)
    {
        List<EvaluatedItem> items = PropsEvaluation.Evaluate(Results.With(new RootfsImageConfig
        {
            WorkingDir = texts[0],
            User = texts[0],
            StopSignal = texts[0],
            Env = [.. texts],
            Labels = [.. texts.Select(static t => KeyValuePair.Create(t, t))],
            ExposedPorts = [.. texts],
            Volumes = [.. texts],
        }));

        Assert.Equal([texts[0], texts[0], texts[0]], [items[0]["WorkingDirectory"], items[0]["User"], items[0]["StopSignal"]]);
        Assert.Equal(texts, OfType(items, "OciImageEnv").Select(static e => e["HasValue"] == "true" ? e["Name"] + "=" + e["Value"] : e["Name"]));
        Assert.Equal(texts, OfType(items, "OciImageLabel").Select(static l => l["Name"]));
        Assert.Equal(texts, OfType(items, "OciImageLabel").Select(static l => l["Value"]));
        Assert.Equal(texts, OfType(items, "OciImageExposedPort").Select(static p => p["Name"]));
        Assert.Equal(texts, OfType(items, "OciImageVolume").Select(static v => v["Name"]));
        Assert.Equal(texts.Select(ItemIdentity.Of), OfType(items, "OciImageVolume").Select(static v => v.Identity));
    }

    private static List<EvaluatedItem> OfType(List<EvaluatedItem> items, string type) => [.. items.Where(i => i.Type == type)];
}
