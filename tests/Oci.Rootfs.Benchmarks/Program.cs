using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Oci.Rootfs.Benchmarks.Floor;

// floor TREE DESTINATION BLOB...   the bare cost of decoding, hashing and writing, as JSON; see FloorCommand
// anything else                    BenchmarkDotNet's own arguments, as in --filter '*Merge*' or --job Medium
if (args is ["floor", string tree, string destination, .. string[] blobs])
    return FloorCommand.Run(tree, destination, blobs);

// Runs in this process: the settings of this repository would make warnings in BenchmarkDotNet's generated projects errors.
IConfig config = DefaultConfig.Instance
    .AddDiagnoser(MemoryDiagnoser.Default)
    .HideColumns(Column.Job, Column.Error, Column.RatioSD, Column.StdDev)
    .AddJob((args.Contains("--job") ? Job.Default : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance).AsDefault());
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
return 0;
