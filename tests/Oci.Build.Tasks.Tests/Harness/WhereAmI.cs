// The tasks have an attribute of the same name.
extern alias msbuild;

using Microsoft.Build.Framework;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>A task that says where the process stands that runs it.</summary>
[msbuild::Microsoft.Build.Framework.MSBuildMultiThreadableTask]
public sealed class WhereAmI : Microsoft.Build.Utilities.Task
{
    [Output]
    public string CurrentDirectory { get; private set; } = "";

    public override bool Execute()
    {
        CurrentDirectory = Environment.CurrentDirectory;
        return true;
    }
}
