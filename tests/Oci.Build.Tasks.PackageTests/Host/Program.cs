// A program that builds a project in the MSBuild of its own directory: PROJECT TARGET... HostedMSBuildTests compiles it for several versions.
using Microsoft.Build.Evaluation;
using Microsoft.Build.Execution;
using Microsoft.Build.Framework;
using Microsoft.Build.Logging;

using ProjectCollection projects = new();
BuildParameters parameters = new(projects) { Loggers = [new ConsoleLogger(LoggerVerbosity.Normal)], EnableNodeReuse = false };
using BuildManager manager = new();
BuildRequestData request = new(args[0], new Dictionary<string, string?>(), null, args[1..], null);
return manager.Build(parameters, request).OverallResult == BuildResultCode.Success ? 0 : 1;
