using Microsoft.Build.Construction;
using Microsoft.Build.Evaluation;
using Microsoft.Build.Execution;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>A project of one test, in a directory of its own. The test process builds it in some 15 ms.</summary>
internal sealed class TestProject : IDisposable
{
    // Two builds in one process would share the current directory, and nothing would report that.
    private static readonly Lock OneBuild = new();

    private readonly ProjectRootElement _root;
    private readonly Dictionary<string, string> _global = [];
    private ProjectTargetElement? _target;

    public TestProject()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("oci-build-tasks-").FullName;
        _root = ProjectRootElement.Create(Path.Combine(Directory, "test.proj"));
    }

    public string Directory { get; }

    /// <summary>The package's layout, beside this assembly.</summary>
    public static string Package { get; } = Path.Combine(AppContext.BaseDirectory, "package");

    public static string TaskAssembly { get; } = Path.Combine(Package, "tasks", "net10.0", "Oci.Build.Tasks.dll");

    public string PathOf(params string[] parts) => Path.Combine([Directory, .. parts]);

    public string Write(string path, string content)
    {
        string full = PathOf(path);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return full;
    }

    public TestProject Property(string name, string value)
    {
        _root.AddProperty(name, value);
        return this;
    }

    /// <summary>Sets a property like <c>-p:name=value</c> on the command line.</summary>
    public TestProject Global(string name, string value)
    {
        _global[name] = value;
        return this;
    }

    public TestProject Item(string type, string include, params (string Name, string Value)[] metadata)
    {
        ProjectItemElement item = _root.AddItemGroup().AddItem(type, include);
        foreach ((string name, string value) in metadata)
            item.AddMetadata(name, value);
        return this;
    }

    public TestProject Image(string include, params (string Name, string Value)[] metadata) => Item("OciImage", include, metadata);

    /// <summary>Sets metadata for all items of a type that the project has so far.</summary>
    public TestProject Update(string type, params (string Name, string Value)[] metadata)
    {
        foreach (ProjectItemElement item in _root.Items.Where(item => item.ItemType == type))
        {
            foreach ((string name, string value) in metadata)
                item.AddMetadata(name, value);
        }
        return this;
    }

    /// <summary>Sets metadata for all items of a type that have none of their own.</summary>
    public TestProject Definition(string type, params (string Name, string Value)[] metadata)
    {
        ProjectItemDefinitionElement definition = _root.AddItemDefinitionGroup().AddItemDefinition(type);
        foreach ((string name, string value) in metadata)
            definition.AddMetadata(name, value);
        return this;
    }

    public TestProject Import(string path)
    {
        _root.AppendChild(_root.CreateImportElement(path));
        return this;
    }

    /// <summary>The targets that our targets hook into, without the weight of the common targets.</summary>
    public TestProject ImportPackage()
    {
        Property("OutDir", "bin/").Property("IntermediateOutputPath", "obj/");
        Import(Path.Combine(Package, "build", "Oci.Build.Tasks.props"));
        Import(Path.Combine(Package, "build", "Oci.Build.Tasks.targets"));
        return Target("CopyFilesToOutputDirectory").Target("_CleanGetCurrentAndPriorFileWrites").Target("Clean")
            .Target("Build", dependsOn: "CopyFilesToOutputDirectory;_CleanGetCurrentAndPriorFileWrites");
    }

    /// <summary>The tasks without our targets, for a project that calls them itself.</summary>
    public TestProject UsingTasks()
    {
        foreach (string task in (string[])["ExtractOciRootfs", "CleanOciRootfs", "ListOciImages", "ResolveOciImages"])
            _root.AddUsingTask($"Oci.Build.Tasks.{task}", TaskAssembly, null);
        return this;
    }

    /// <summary>Adds a task of this assembly to the current target.</summary>
    public TestProject TestTask<T>(string output, string property)
    {
        _root.AddUsingTask(typeof(T).FullName, typeof(T).Assembly.Location, null);
        return Task(typeof(T).Name, [], (output, property));
    }

    public TestProject Target(string name, string? dependsOn = null, string? before = null)
    {
        _target = _root.AddTarget(name);
        _target.DependsOnTargets = dependsOn ?? "";
        _target.BeforeTargets = before ?? "";
        return this;
    }

    /// <summary>Adds a call to the current target.</summary>
    public TestProject Task(string name, (string Name, string Value)[] parameters, params (string Parameter, string Property)[] outputs)
    {
        ProjectTaskElement task = _target!.AddTask(name);
        foreach ((string parameter, string value) in parameters)
            task.SetParameter(parameter, value);
        foreach ((string parameter, string property) in outputs)
            task.AddOutputProperty(parameter, property);
        return this;
    }

    public TestProject TaskToItems(string name, (string Name, string Value)[] parameters, params (string Parameter, string Item)[] outputs)
    {
        Task(name, parameters);
        foreach ((string parameter, string item) in outputs)
            ((ProjectTaskElement)_target!.LastChild).AddOutputItem(parameter, item);
        return this;
    }

    /// <summary>Adds an item while the current target runs.</summary>
    public TestProject ItemInTarget(string type, string include)
    {
        _target!.AddItemGroup().AddItem(type, include);
        return this;
    }

    public Outcome Build(params string[] targets) => Build(question: false, targets.Length == 0 ? ["Build"] : targets);

    public Outcome Question(params string[] targets) => Build(question: true, targets.Length == 0 ? ["Build"] : targets);

    /// <summary>
    /// Builds like <c>-mt</c>: on a thread of this process, which stands in another directory than the project's all the time.
    /// </summary>
    public Outcome BuildOnAThread(string processDirectory)
    {
        lock (OneBuild)
        {
            string before = Environment.CurrentDirectory;
            Environment.CurrentDirectory = processDirectory;
            try
            {
                return Build(question: false, ["Build"], multiThreaded: true);
            }
            finally
            {
                Environment.CurrentDirectory = before;
            }
        }
    }

    private Outcome Build(bool question, string[] targets, bool multiThreaded = false)
    {
        lock (OneBuild)
        {
            EventLog log = new();
            using ProjectCollection projects = new(_global);
            ProjectInstance project = new Project(_root, _global, null, projects).CreateProjectInstance();
            BuildParameters parameters = new(projects) { Loggers = [log], EnableNodeReuse = false, MaxNodeCount = 1, Question = question, MultiThreaded = multiThreaded };
            BuildRequestData request = new(project, targets, null, BuildRequestDataFlags.ProvideProjectStateAfterBuild);
            using BuildManager manager = new();
            BuildResult result = manager.Build(parameters, request);
            return new Outcome(result.OverallResult == BuildResultCode.Success, result.ProjectStateAfterBuild ?? project, log);
        }
    }

    public void Dispose() => TestFiles.Delete(Directory);
}
