using System.Reflection;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>
/// A build engine for a task without a build. It counts the cores that it gives, keeps errors, and ignores all other messages.
/// </summary>
public class TaskEngine : DispatchProxy
{
    private int? _cores;

    public int Asked { get; private set; }

    public int Released { get; private set; }

    public IList<string?> Errors { get; } = [];

    /// <typeparam name="T">The engine's interface. Tasks can ask for cores from <see cref="IBuildEngine9"/> on.</typeparam>
    /// <param name="cores">The number of cores that each request gets; null for an engine that gives none, as in a task host.</param>
    internal static TaskEngine Of<T>(int? cores = null)
        where T : class, IBuildEngine
    {
        TaskEngine engine = (TaskEngine)(object)Create<T, TaskEngine>();
        engine._cores = cores;
        return engine;
    }

    internal ExtractOciRootfs Task(TestProject project, string image) => new()
    {
        BuildEngine = (IBuildEngine)(object)this,
        Image = new TaskItem(image),
        RootfsDirectory = new TaskItem(project.PathOf("out/tree")),
        Platform = SampleImage.Platform,
    };

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case nameof(IBuildEngine9.RequestCores):
                Asked += (int)args![0]!;
                return _cores ?? throw new NotImplementedException();
            case nameof(IBuildEngine9.ReleaseCores):
                Released += (int)args![0]!;
                return null;
            case nameof(IBuildEngine.LogErrorEvent):
                Errors.Add(((BuildErrorEventArgs)args![0]!).Message);
                return null;
            default:
                return targetMethod.ReturnType.IsValueType && targetMethod.ReturnType != typeof(void) ? Activator.CreateInstance(targetMethod.ReturnType) : null;
        }
    }
}
