using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>
/// What the engine says, said to MSBuild: codes with their pages, the image as the file that a message is about. Never through
/// <c>LogMessageFromText</c> and its like, which make an error of what looks like one, and never with arguments, without which nothing
/// is put in place of braces: there is text of images in it.
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
