namespace Microsoft.Build.Framework;

/// <summary>
/// Says that a task may run in the main process of a build with <c>-mt</c>, beside others. Later versions of MSBuild than the one that the
/// tasks are compiled against have this attribute. They look for it by its name, and so find ours. Without it such a build starts a process
/// for the tasks.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
