using System.Reflection;
using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

public sealed class GrantedCoresTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cores_are_asked_for_and_given_back_whether_the_extraction_works_or_fails(bool works)
    {
        (IBuildEngine engine, CountingEngine counts) = CountingEngine.Granting(1);

        Assert.Equal(works, Task(engine, works).Execute());

        Assert.Equal(Environment.ProcessorCount, counts.Asked);
        Assert.Equal(1, counts.Released);
    }

    [Fact]
    public void A_task_host_has_no_cores_to_grant()
    {
        (IBuildEngine engine, CountingEngine counts) = CountingEngine.Granting(null);

        Assert.True(Task(engine, works: true).Execute());

        Assert.Equal(Environment.ProcessorCount, counts.Asked);
        Assert.Equal(0, counts.Released);
    }

    private ExtractOciRootfs Task(IBuildEngine engine, bool works) => new()
    {
        BuildEngine = engine,
        Image = works ? new SampleImage(_project).Directory : _project.PathOf("absent"),
        RootfsDirectory = _project.PathOf("out/tree"),
        Platform = SampleImage.Platform,
    };

    /// <summary>Counts cores; whatever else it is told, it takes.</summary>
    public class CountingEngine : DispatchProxy
    {
        private int? _granted;

        public int Asked { get; private set; }

        public int Released { get; private set; }

        public static (IBuildEngine Engine, CountingEngine Counts) Granting(int? granted)
        {
            IBuildEngine9 engine = Create<IBuildEngine9, CountingEngine>();
            CountingEngine counts = (CountingEngine)engine;
            counts._granted = granted;
            return (engine, counts);
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case nameof(IBuildEngine9.RequestCores):
                    Asked += (int)args![0]!;
                    return _granted ?? throw new NotImplementedException();
                case nameof(IBuildEngine9.ReleaseCores):
                    Released += (int)args![0]!;
                    return null;
                default:
                    return targetMethod.ReturnType.IsValueType && targetMethod.ReturnType != typeof(void) ? Activator.CreateInstance(targetMethod.ReturnType) : null;
            }
        }
    }
}
