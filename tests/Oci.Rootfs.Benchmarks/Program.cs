using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Oci.Rootfs.Benchmarks.Floor;
using Oci.Rootfs.Benchmarks.Overlap;

// floor TREE DESTINATION BLOB...   the bare cost of decoding, hashing and writing, as JSON; see FloorCommand
// overlap DIRECTORY [ROUNDS]      what is read at once on more cores than there are; see OverlapCommand
// anything else                    BenchmarkDotNet's own arguments, as in --filter '*Merge*' or --job Medium
if (args is ["floor", string tree, string destination, .. string[] blobs])
    return FloorCommand.Run(tree, destination, blobs);
if (args is ["overlap", string directory, .. string[] rounds])
    return OverlapCommand.Run(directory, rounds.Length > 0 ? int.Parse(rounds[0], CultureInfo.InvariantCulture) : 3);

// Runs in this process: the settings of this repository would make warnings in BenchmarkDotNet's generated projects errors.
IConfig config = DefaultConfig.Instance
    .AddDiagnoser(MemoryDiagnoser.Default)
    .HideColumns(Column.Job, Column.Error, Column.RatioSD, Column.StdDev)
    .AddJob((args.Contains("--job") ? Job.Default : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance).AsDefault());
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
return 0;
