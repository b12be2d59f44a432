using Microsoft.Build.Framework;

namespace Oci.Build.Tasks;

/// <summary>
/// The cores that MSBuild lets a task keep busy, given back when it is done: other projects are built at the same time, and the build's
/// <c>-maxCpuCount</c> is for all of them together.
/// </summary>
internal sealed class GrantedCores : IDisposable
{
    private readonly IBuildEngine9? _engine;

    private GrantedCores(IBuildEngine9? engine, int count)
    {
        _engine = engine;
        Count = count;
    }

    /// <summary>At least one.</summary>
    public int Count { get; }

    /// <summary>As many as there are now, up to the machine's; never waits. All of the machine's where nobody counts them.</summary>
    public static GrantedCores Request(IBuildEngine? engine)
    {
        try
        {
            if (engine is IBuildEngine9 counting)
                return new GrantedCores(counting, Math.Max(1, counting.RequestCores(Environment.ProcessorCount)));
        }
        catch (NotImplementedException)
        {
            // A task host, a process beside the build's nodes, has nobody to ask.
        }
        return new GrantedCores(null, Environment.ProcessorCount);
    }

    public void Dispose() => _engine?.ReleaseCores(Count);
}
