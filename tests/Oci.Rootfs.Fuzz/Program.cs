using System.Diagnostics;
using System.Globalization;
using Oci.Rootfs.Fuzz;

// fuzz [--seed N] [--seconds S] [--cases N] [--kind archive|tar|pax|json|gzip|decoders|zstd|stack|large] [--peers DIRECTORY] [--work DIRECTORY]
// fuzz --replay SEED --kind KIND [--peers DIRECTORY]
// fuzz stacks DIRECTORY SEED COUNT
// fuzz large NAME DIRECTORY SIZE
// fuzz hard|unprivileged DIRECTORY [FILE]...
// Exit code 0: nothing found. A failure prints how to replay it, and goes on unless it was the tenth.
if (args is ["stacks", string stacks, string from, string count])
{
    UmociStacks.Write(stacks, int.Parse(from, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
    return 0;
}
if (args is ["large", string large, string layout, string size])
{
    LargeImages.Write(large, layout, long.Parse(size, CultureInfo.InvariantCulture));
    return 0;
}

if (args is ["hard" or "unprivileged", string hard, .. string[] programs])
{
    HardTree.Write(hard, args[0] == "unprivileged", programs);
    return 0;
}

string? Option(string name)
{
    int at = Array.IndexOf(args, name);
    return at < 0 || at + 1 == args.Length ? null : args[at + 1];
}

int Number(string name, int otherwise) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

const int mostFailures = 10;
FuzzKind[] kinds = Option("--kind") is { } one ? [Enum.Parse<FuzzKind>(one, ignoreCase: true)] : Enum.GetValues<FuzzKind>();
byte[][] peers = Option("--peers") is { } peerData ? [.. Directory.GetFiles(peerData, "*.tar", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];
bool replays = Option("--replay") is not null;
int first = replays ? Number("--replay", 0) : Number("--seed", Environment.TickCount & 0xfffffff);
long seconds = Number("--seconds", 60);
int cases = replays ? 1 : Number("--cases", int.MaxValue);
string directory = Option("--work") ?? Directory.CreateTempSubdirectory("oci-fuzz-").FullName;
Directory.CreateDirectory(directory);
FuzzPlace place = new(directory);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {first}, in {directory}"));

// If a case hangs or kills the process, the file 'case' has its seed.
string current = "";
using Timer watchdog = new(_ => Environment.FailFast($"a case takes longer than two minutes: {current}"));
SortedDictionary<string, int> outcomes = new(StringComparer.Ordinal);
Stopwatch clock = Stopwatch.StartNew();
int done = 0, failures = 0, archives = 0;
long files = 0;
for (; done < cases && (replays || clock.Elapsed.TotalSeconds < seconds) && failures < mostFailures; done++)
{
    FuzzKind kind = kinds[done % kinds.Length];
    current = string.Create(CultureInfo.InvariantCulture, $"--replay {first + done} --kind {kind.ToString().ToLowerInvariant()}{(peers.Length > 0 ? " --peers " + Option("--peers") : "")}");
    File.WriteAllText(place["case"], current);
    watchdog.Change(TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
    (string? wrong, string outcome) = Try(kind, first + done);
    if (wrong is not null)
    {
        failures++;
        Console.WriteLine($"FAIL {current}: {wrong}");
    }
    outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
}
watchdog.Change(Timeout.Infinite, Timeout.Infinite);
int threads = Process.GetCurrentProcess().Threads.Count;
if (replays)
    Console.WriteLine($"outcome {outcomes.Keys.Single()}{(File.Exists(place.Image) ? "; the image is " + place.Image : "")}");
else
    Console.WriteLine(string.Join(' ', outcomes.Select(static o => string.Create(CultureInfo.InvariantCulture, $"{o.Key}:{o.Value}"))));
if (threads > 64)
{
    failures++;
    Console.WriteLine($"FAIL {threads} threads are left");
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} cases in {clock.Elapsed.TotalSeconds:F0} s; {archives} with an archive, equal to the tree with {files} files"));
if (failures == 0 && !replays && Option("--work") is null)
    FuzzPlace.Run("rm", "-rf", "--one-file-system", directory);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done - failures} passed, {failures} failed"));
return failures == 0 ? 0 : 1;

(string? Wrong, string Outcome) Try(FuzzKind kind, int seed)
{
    if (kind == FuzzKind.Decoders && seed % 2 == 0)
    {
        ZstdDecoderCase zstd = new(seed);
        return (zstd.Run(), zstd.Outcome);
    }
    if (kind == FuzzKind.Decoders)
    {
        DecoderCase gzip = new(seed);
        return (gzip.Run(), gzip.Outcome);
    }
    FuzzCase tried = new(place, seed, kind, peers);
    string? wrong = tried.Run();
    archives += tried.HadArchive ? 1 : 0;
    files += tried.FilesCompared;
    return (wrong, tried.Outcome);
}
