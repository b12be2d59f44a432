using System.Globalization;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

// The Runner is the front end that the tests use where the engine needs a process of its own: for another user, signals, traced system
// calls, measurements. It is no product, and no package contains it. Its options are the properties of a RootfsRequest; the three last ones
// are for measurements.
//
// extract IMAGE ROOTFS [--name N] [--json F] [--props F] [--mtree F] [--lxc F] [--runtime F] [--runtime-root P] [--runtime-tmpfs]
//         [--cache D] [--platform P] [--reference R] [--ownership O] [--make-writable] [--keep-directory-symlinks]
//         [--archive F]... [--archive-level N] [--archive-mtime M] [--archive-holes N] [--archive-devices D] [--epoch N] [--portable]
//         [--own-file PATH=SOURCE]... [--own-owner O] [--own-cache F] [--remove-path P]...
//         [--store D] [--documents D] [--lock-file F] [--offline] [--mirror HOST=LOCATION]
//         [--changes F] [--no-incremental] [--drift-fails] [--verify metadata|content] [--question] [--no-native-decoders] [--cores N] [--limit NAME=VALUE]... [--peak] [--libraries] [--large-objects]
// fetch IMAGE --store D [--platform P]
// clean ROOTFS
//
// ROOTFS - makes no directory, only archives.
// --portable runs the way of other systems: every native function that the engine itself imports is refused.
//
// --peak prints the process's peak of memory at the end, as the kernel counts it (VmHWM).
// --libraries prints the loaded shared libraries and assemblies at the end.
// --large-objects prints the bytes of large objects allocated, at the end.
// The Runner writes messages to standard output, and errors as "CODE: text" to standard error.
// Exit codes: 0 done, 1 a coded error, 2 wrong arguments, 3 nothing to do.
if (args is ["clean", string directory])
    return Guarded(() => RootfsExtractor.Clean(directory, log: Say) ? 0 : 3);
if (args.Contains("--portable"))
    Portable.Enter();
if (args is ["fetch", string fetched, .. string[] fetching])
    return Guarded(() => Fetch(fetched, fetching));
if (args is not ["extract", string image, string rootfs, .. string[] options])
    return 2;

string? Option(string name)
{
    int at = Array.IndexOf(options, name);
    return at < 0 ? null : options[at + 1];
}

IEnumerable<RequestedOutput> Output(OutputKind kind, string option) => Option(option) is { } path ? [new RequestedOutput(kind, path)] : [];

return Guarded(() =>
{
    RootfsResult result = RootfsExtractor.Extract(new RootfsRequest
    {
        Image = RootfsExtractor.NamesRegistry(image) ? RootfsExtractor.InRegistry(image) : Path.GetFullPath(image),
        Registries = new RegistryOptions
        {
            StoreDirectory = Option("--store"),
            DocumentsDirectory = Option("--documents"),
            LockFile = Option("--lock-file"),
            Offline = options.Contains("--offline"),
            Mirrors = [.. Values(options, "--mirror").Select(static mirror => new RegistryMirror(mirror[..mirror.IndexOf('=')], mirror[(mirror.IndexOf('=') + 1)..], Tags: true))],
            Environment = Environment.GetEnvironmentVariable,
        },
        RootfsDirectory = rootfs == "-" ? null : Path.GetFullPath(rootfs),
        CacheDirectory = Option("--cache"),
        // Another tree of what the engine takes for the same build.
        Project = Option("--beside") is null ? null : "/project",
        TreesOfThisBuild = Option("--beside") is { } beside ? new Dictionary<string, string> { [Path.GetFullPath(beside)] = "0 /project" } : null,
        Name = Option("--name") ?? Path.GetFileNameWithoutExtension(image),
        Outputs =
        [
            .. Output(OutputKind.ConfigJson, "--json"), .. Output(OutputKind.ConfigProps, "--props"), .. Output(OutputKind.Mtree, "--mtree"),
            .. Output(OutputKind.Changes, "--changes"), .. Output(OutputKind.LxcConfig, "--lxc"), .. Output(OutputKind.RuntimeConfig, "--runtime"), .. Archives(options),
        ],
        RuntimeConfigRoot = Option("--runtime-root"),
        RuntimeConfigTmpfs = options.Contains("--runtime-tmpfs"),
        SourceDateEpoch = long.Parse(Option("--epoch") ?? "0", CultureInfo.InvariantCulture),
        Archive = new ArchiveOptions
        {
            // The guard counts what is compiled: Enum.Parse is, for each enumeration anew.
            Mtime = Option("--archive-mtime") is { } mtime ? Enum.Parse<ArchiveMtime>(mtime) : ArchiveMtime.Keep,
            CompressionLevel = Option("--archive-level") is { } level ? int.Parse(level, CultureInfo.InvariantCulture) : null,
            HoleThreshold = long.Parse(Option("--archive-holes") ?? "67108864", CultureInfo.InvariantCulture),
            Devices = Option("--archive-devices") is { } devices ? Enum.Parse<ArchiveDevices>(devices) : ArchiveDevices.Keep,
        },
        Own = new OwnFiles
        {
            Nodes = [.. Values(options, "--own-file").Select(file => new OwnFileNode { Path = file[..file.IndexOf('=')], Source = Path.GetFullPath(file[(file.IndexOf('=') + 1)..]), Owner = Option("--own-owner") })],
            Remove = [.. Values(options, "--remove-path")],
            DigestCache = Option("--own-cache"),
        },
        Platform = Option("--platform"),
        Reference = Option("--reference"),
        Ownership = Option("--ownership") is { } ownership ? Enum.Parse<Ownership>(ownership) : Ownership.Auto,
        MakeWritable = options.Contains("--make-writable"),
        KeepDirectorySymlinks = options.Contains("--keep-directory-symlinks"),
        Incremental = !options.Contains("--no-incremental"),
        Drift = options.Contains("--drift-fails") ? DriftPolicy.Fail : DriftPolicy.Restore,
        Verify = Option("--verify") switch { null => RootfsVerification.None, "content" => RootfsVerification.Content, _ => RootfsVerification.Metadata },
        FailIfNotUpToDate = options.Contains("--question"),
        UseNativeDecoders = !options.Contains("--no-native-decoders"),
        Cores = int.Parse(Option("--cores") ?? Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        Limits = Limits(options),
        Log = Say,
    });
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"extracted={result.Extracted} manifest={result.ManifestDigest} platform={result.Platform}"));
    if (result.Change is { } change)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"added={change.Added} changed={change.Changed} removed={change.Removed} paths={change.Paths} layersRead={change.LayersRead}"));
    return result.Extracted ? 0 : 3;
});

static int Fetch(string image, string[] options)
{
    RootfsExtractor.Fetch(new RootfsRequest
    {
        Image = RootfsExtractor.InRegistry(image),
        RootfsDirectory = null,
        Name = "image",
        Platform = Values(options, "--platform").FirstOrDefault(),
        Registries = new RegistryOptions { StoreDirectory = Values(options, "--store").First(), Environment = Environment.GetEnvironmentVariable },
        Log = Say,
    });
    return 0;
}

static int Guarded(Func<int> work)
{
    using LargeObjects? largeObjects = Environment.GetCommandLineArgs().Contains("--large-objects") ? new LargeObjects() : null;
    try
    {
        return work();
    }
    catch (OciException e)
    {
        Console.Error.WriteLine($"{e.Code}: {e.Message}");
        return 1;
    }
    finally
    {
        if (largeObjects is not null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"largeObjects={largeObjects.Count()}"));
        if (Environment.GetCommandLineArgs().Contains("--libraries"))
            Console.WriteLine("libraries=" + string.Join(' ', Loaded()));
        if (Environment.GetCommandLineArgs().Contains("--peak"))
            Console.WriteLine("peak=" + File.ReadLines("/proc/self/status").First(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal))[6..].Trim());
    }
}

static IEnumerable<string?> Loaded() =>
[
    .. File.ReadLines("/proc/self/maps").Select(Path.GetFileName).Where(static n => n!.Contains(".so", StringComparison.Ordinal)).Distinct(),
    .. AppDomain.CurrentDomain.GetAssemblies().Select(static a => a.GetName().Name + ".dll"),
];

static IEnumerable<RequestedOutput> Archives(string[] options) =>
    Values(options, "--archive").Select(static path => new RequestedOutput(OutputKind.RootfsArchive, Path.GetFullPath(path)))
        .Concat(Values(options, "--image-archive").Select(static path => new RequestedOutput(OutputKind.ImageArchive, Path.GetFullPath(path))));

static IEnumerable<string> Values(string[] options, string name)
{
    for (int i = 0; i + 1 < options.Length; i++)
    {
        if (options[i] == name)
            yield return options[i + 1];
    }
}

static RootfsLimits Limits(string[] options)
{
    RootfsLimits limits = new();
    for (int i = 0; i + 1 < options.Length; i++)
    {
        if (options[i] == "--limit")
            limits = limits.With(options[i + 1]);
    }
    return limits;
}

static void Say(RootfsMessage message) => Console.WriteLine(message.Code is null ? message.Text : $"warning {message.Code}: {message.Text}");
