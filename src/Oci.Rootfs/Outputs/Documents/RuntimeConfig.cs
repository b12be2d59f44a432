using System.Text.Json;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes the file of the item's <c>RuntimeConfig</c> metadata: the <c>config.json</c> of an OCI runtime bundle (runtime-spec config.md), made
/// of the image's config as image-spec conversion.md says.
/// </summary>
internal static class RuntimeConfig
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, IndentCharacter = ' ', IndentSize = 2, NewLine = "\n" };

    /// <param name="output">The stream for the file's bytes.</param>
    /// <param name="content">The image.</param>
    /// <param name="users">Looks up the image's user.</param>
    /// <exception cref="OciException">OCI6011 to OCI6020: no runtime can run the image as its config says.</exception>
    public static void Write(Stream output, OutputContent content, UserLookup users)
    {
        if (content.Platform.Normalise().Os != "linux")
            throw RunErrors.NotLinux(nameof(OutputKind.RuntimeConfig), content.Platform.ToString());
        using (Utf8JsonWriter json = new(output, Layout))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", "1.0.2");
            WriteProcess(json, content, users.Find(content.Result.Config.User));
            json.WriteStartObject("root");
            json.WriteString("path", content.Request.RuntimeRoot);
            json.WriteBoolean("readonly", false);
            json.WriteEndObject();
            WriteMounts(json, content);
            RuntimeAnnotations.Write(json, content);
            RuntimeDefaults.WriteLinux(json);
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    private static void WriteProcess(Utf8JsonWriter json, OutputContent content, RunUser user)
    {
        RootfsImageConfig config = content.Result.Config;
        string directory = RunCommand.Directory(config) ?? "/";
        Refuse([directory], "config.WorkingDir");
        json.WriteStartObject("process");
        json.WriteBoolean("terminal", false);
        WriteUser(json, user);
        RuntimeDefaults.WriteStrings(json, "args", Arguments(content));
        List<string> environment = RunCommand.Environment(config, nameof(OutputKind.RuntimeConfig), content.Context);
        Refuse(environment, "config.Env");
        RuntimeDefaults.WriteStrings(json, "env", environment);
        json.WriteString("cwd", directory);
        RuntimeDefaults.WriteCapabilities(json);
        // With true, setuid programs of the image (su, sudo, ping) would not work.
        json.WriteBoolean("noNewPrivileges", false);
        json.WriteEndObject();
    }

    private static void WriteUser(Utf8JsonWriter json, RunUser user)
    {
        json.WriteStartObject("user");
        json.WriteNumber("uid", user.Uid);
        json.WriteNumber("gid", user.Gid);
        if (user.Groups.Count > 0)
        {
            json.WriteStartArray("additionalGids");
            foreach (uint group in user.Groups)
                json.WriteNumberValue(group);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static List<string> Arguments(OutputContent content)
    {
        List<string> arguments = RunCommand.Arguments(content.Result.Config);
        if (arguments.Count == 0)
        {
            arguments.Add("/bin/sh");
            content.Context.Log.Normal("The image says no command (Entrypoint and Cmd are empty): RuntimeConfig runs /bin/sh.");
        }
        Refuse(arguments, "config.Entrypoint and config.Cmd");
        return arguments;
    }

    private static void Refuse(List<string> texts, string member)
    {
        foreach (string text in texts)
            RunCommand.Refuse(text, "\0", "no NUL", nameof(OutputKind.RuntimeConfig), member);
    }

    private static void WriteMounts(Utf8JsonWriter json, OutputContent content)
    {
        json.WriteStartArray("mounts");
        RuntimeDefaults.WriteMounts(json);
        if (content.Request.RuntimeConfigTmpfs)
        {
            foreach (string volume in content.Result.Config.Volumes)
            {
                // What the image has there is copied into the tmpfs.
                RunCommand.Refuse(volume, "\0", "no NUL", nameof(OutputKind.RuntimeConfig), "config.Volumes");
                RuntimeDefaults.WriteMount(json, volume is ['/', ..] ? volume : "/" + volume, "tmpfs", "tmpfs", "nosuid", "nodev", "tmpcopyup");
            }
        }
        json.WriteEndArray();
    }
}
