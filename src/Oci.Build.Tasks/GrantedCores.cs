using Microsoft.Build.Framework;

namespace Oci.Build.Tasks;

/// <summary>
/// The cores that MSBuild grants a task. The task gives them back when it ends, because MSBuild builds other projects at the same time and
/// shares <c>-maxCpuCount</c> among all of them.
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

    /// <summary>
    /// Takes as many cores as MSBuild can grant now, up to the machine's. It never waits. Where no MSBuild counts cores, it takes all of
    /// the machine's.
    /// </summary>
    public static GrantedCores Request(IBuildEngine? engine)
    {
        try
        {
            if (engine is IBuildEngine9 counting)
                return new GrantedCores(counting, Math.Max(1, counting.RequestCores(Environment.ProcessorCount)));
        }
        catch (NotImplementedException)
        {
            // A task host is a process beside the build's nodes. It has no connection for asking.
        }
        return new GrantedCores(null, Environment.ProcessorCount);
    }

    public void Dispose() => _engine?.ReleaseCores(Count);
}
