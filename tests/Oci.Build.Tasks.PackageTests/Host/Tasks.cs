using Microsoft.Build.Framework;

namespace Host;

/// <summary>MSBuild's own task of this name, which no package brings in each version.</summary>
public sealed class Error : Microsoft.Build.Utilities.Task
{
    public string? Code { get; set; }

    public string? HelpLink { get; set; }

    public string? Text { get; set; }

    public override bool Execute()
    {
        Log.LogError(null, Code, null, HelpLink, null, 0, 0, 0, 0, Text);
        return false;
    }
}

/// <inheritdoc cref="Error"/>
public sealed class Delete : Microsoft.Build.Utilities.Task
{
    public ITaskItem[] Files { get; set; } = [];

    public override bool Execute()
    {
        foreach (ITaskItem file in Files)
            File.Delete(file.GetMetadata("FullPath"));
        return true;
    }
}

/// <inheritdoc cref="Error"/>
public sealed class Message : Microsoft.Build.Utilities.Task
{
    public string? Importance { get; set; }

    public string? Text { get; set; }

    public override bool Execute()
    {
        Log.LogMessage(Enum.Parse<MessageImportance>(Importance ?? "Normal", ignoreCase: true), "{0}", Text);
        return true;
    }
}
