using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>
/// Passes the engine's messages to MSBuild: each code with its page, and the image as the message's file. The texts may contain text of
/// images. So this class never uses <c>LogMessageFromText</c> and its relatives, which turn a line that looks like an error into one. It
/// also passes no arguments: without any, MSBuild replaces no braces.
/// </summary>
internal static class TaskLog
{
    public static void Error(TaskLoggingHelper log, OciException error, string? file) =>
        log.LogError(null, error.Code, null, ErrorPages.Link(error.Code), file, 0, 0, 0, 0, error.Message);

    public static void Warning(TaskLoggingHelper log, string? code, string text, string? file) =>
        log.LogWarning(null, code, null, ErrorPages.Link(code), file, 0, 0, 0, 0, text);

    public static void Message(TaskLoggingHelper log, RootfsMessage message, string? file)
    {
        if (message.Kind == RootfsMessageKind.Warning)
            Warning(log, message.Code, message.Text, file);
        else
            log.LogMessage(Importance(message.Kind), message.Text);
    }

    private static MessageImportance Importance(RootfsMessageKind kind) => kind switch
    {
        RootfsMessageKind.Summary => MessageImportance.High,
        RootfsMessageKind.Normal => MessageImportance.Normal,
        _ => MessageImportance.Low,
    };
}
