using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Tests;

/// <summary>Which room of the engine may know which (docs/architecture.md): a new arrow is a decision, not an accident.</summary>
public sealed partial class RoomsTests
{
    /// <summary>Known by all.</summary>
    private static readonly string[] Common = ["Collections", "Context", "Errors", "Text"];

    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Collections"] = [],
        ["Text"] = [],
        ["Context"] = [],
        ["Errors"] = ["Context", "Text"],
        ["Os"] = [],
        ["Spec"] = [],
        ["Compression"] = ["Os"],
        ["Tar"] = [],
        ["Content"] = ["Os", "Spec"],
        ["Cache"] = ["Compression", "Content", "Os", "Spec"],
        ["Sources"] = ["Cache", "Compression", "Content", "Os", "Spec", "Tar"],
        ["Selection"] = ["Compression", "Content", "Spec"],
        ["Tree"] = ["Tar"],
        ["Layers"] = ["Compression", "Content", "Os", "Outputs", "Selection", "Spec", "Tar", "Tree"],
        ["Outputs"] = ["Layers", "Os", "Spec", "State", "Tar", "Tree"],
        ["State"] = ["Os", "Outputs", "Spec"],
        ["Pipeline"] = ["Content", "Layers", "Os", "Outputs", "Selection", "Spec", "State", "Tree"],
    };

    [Fact]
    public void Every_room_knows_only_those_it_may()
    {
        string engine = Engine();
        string[] rooms = [.. Directory.GetDirectories(engine).Select(Path.GetFileName).Where(static d => d is not ("bin" or "obj"))!];

        Assert.Equal(MayKnow.Keys.Order(StringComparer.Ordinal), rooms.Order(StringComparer.Ordinal));
        Assert.All(rooms, room =>
        {
            IEnumerable<string> known = Directory.GetFiles(Path.Combine(engine, room), "*.cs", SearchOption.AllDirectories)
                .SelectMany(static file => UsingRoom().Matches(File.ReadAllText(file))).Select(static match => match.Groups[1].Value);
            Assert.Empty(known.Distinct().Except([.. MayKnow[room], .. Common, room]));
        });
    }

    private static string Engine([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../src/Oci.Rootfs"));

    [GeneratedRegex(@"^using (?:static )?Oci\.Rootfs\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingRoom();
}
