using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Tests.Rooms;

/// <summary>The table of rooms in docs/architecture.md: <c>| `Room` | what it is | `Other`, `Another` |</c>.</summary>
internal sealed partial class RoomTable
{
    /// <summary>The row of what every room may know.</summary>
    private const string Every = "every room";

    private readonly Dictionary<string, string[]> _mayKnow = [];
    private readonly HashSet<string> _common;

    private RoomTable(IEnumerable<Match> rows)
    {
        foreach (Match row in rows)
        {
            string room = row.Groups["room"].Value.Trim('`');
            _mayKnow.Add(room, [.. Name().Matches(row.Groups["known"].Value).Select(static m => m.Groups[1].Value)]);
            if (room != Every)
                Rooms.Add(room);
        }
        _common = [.. _mayKnow[Every]];
    }

    public static RoomTable Read()
    {
        string document = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/architecture.md");
        string section = File.ReadAllText(document).Split("\n## ").Single(static s => s.StartsWith("Rooms of ", StringComparison.Ordinal));
        return new RoomTable(Row().Matches(section));
    }

    /// <summary>As in the table: the lowest first.</summary>
    public List<string> Rooms { get; } = [];

    /// <summary>What the table says of a room: all that it knows, but for what every room may know.</summary>
    public IReadOnlyList<string> KnownBy(string room) => _mayKnow[room];

    /// <summary>True for a room that every room may know. It has no such freedom itself.</summary>
    public bool IsCommon(string room) => _common.Contains(room);

    private static string ThisFile([CallerFilePath] string file = "") => file;

    [GeneratedRegex(@"^\| (?<room>`\w+`|every room) \| [^|]+ \| (?<known>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();
}
