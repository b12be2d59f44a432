using Oci.Rootfs.Tests.Rooms;

namespace Oci.Rootfs.Tests;

/// <summary>
/// Which room of the engine knows which, read from the compiled assemblies and compared with the table in docs/architecture.md: a new
/// arrow is a decision, not an accident.
/// </summary>
public sealed class RoomsTests
{
    private const string Engine = "Oci.Rootfs";

    private static readonly RoomTable Table = RoomTable.Read();

    [Fact]
    public void The_table_has_the_rooms_that_the_engine_has() =>
        Assert.Equal(EngineTypes().Select(RoomOf).Where(static r => r.Length > 0).Distinct().Order(StringComparer.Ordinal), Table.Rooms.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_room_knows_the_rooms_that_the_table_says_and_no_others() => Assert.All(Table.Rooms, static room =>
    {
        IEnumerable<string> known = EngineTypes().Where(type => RoomOf(type) == room).SelectMany(RoomsKnown)
            .Where(known => known != room && (Table.IsCommon(room) || !Table.IsCommon(known)));
        Assert.Equal(Table.KnownBy(room).Order(StringComparer.Ordinal), known.Distinct().Order(StringComparer.Ordinal));
    });

    /// <summary>So no two rooms know each other, in however many steps.</summary>
    [Fact]
    public void A_room_knows_only_rooms_above_it_in_the_table() =>
        Assert.Empty(Table.Rooms.SelectMany(static room => Table.KnownBy(room).Where(known => Table.Rooms.IndexOf(known) >= Table.Rooms.IndexOf(room)).Select(known => $"{room} -> {known}")));

    [Fact]
    public void The_top_of_the_engine_holds_public_types_only() =>
        Assert.Empty(EngineTypes().Where(static type => type.Namespace == Engine && !type.IsPublic).Select(static type => type.Name));

    [Fact]
    public void Of_the_public_types_only_the_extractor_knows_rooms_that_not_all_know() =>
        Assert.Equal([nameof(RootfsExtractor)],
            EngineTypes().Where(static type => type.Namespace == Engine && RoomsKnown(type).Any(static room => !Table.IsCommon(room))).Select(static type => type.Name));

    [Fact]
    public void The_tasks_know_of_the_engine_its_public_types_its_errors_and_its_texts() =>
        Assert.Equal(["", "Errors", "Text"],
            TypesOf("Oci.Build.Tasks.dll").SelectMany(static type => type.Known).Where(IsOfEngine).Select(RoomOf).Distinct().Order(StringComparer.Ordinal));

    private static List<CompiledType> EngineTypes() => [.. TypesOf("Oci.Rootfs.dll").Where(static type => IsOfEngine(type.Namespace))];

    private static List<CompiledType> TypesOf(string assembly)
    {
        using CompiledAssembly compiled = new(Path.Combine(AppContext.BaseDirectory, assembly));
        return [.. compiled.Types];
    }

    private static IEnumerable<string> RoomsKnown(CompiledType type) => type.Known.Where(IsOfEngine).Select(RoomOf).Where(static room => room.Length > 0).Distinct();

    private static bool IsOfEngine(string name) => name == Engine || name.StartsWith(Engine + '.', StringComparison.Ordinal);

    private static string RoomOf(CompiledType type) => RoomOf(type.Namespace);

    /// <summary>The first part after the engine's own name; empty at its top.</summary>
    private static string RoomOf(string name) => name == Engine ? "" : name[(Engine.Length + 1)..].Split('.')[0];

    /// <summary>
    /// Archives can be made on every system. The compiler's analyser (CA1416) holds that, but only while the assembly as a whole does not
    /// claim to be for Linux.
    /// </summary>
    [Fact]
    public void The_engine_is_not_for_Linux_alone() =>
        Assert.Empty(typeof(RootfsExtractor).Assembly.GetCustomAttributes(typeof(System.Runtime.Versioning.SupportedOSPlatformAttribute), inherit: false));
}
