using System.Globalization;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>
/// Reads how images in registries are found, fetched and kept. The targets hand all of it over as the metadata of one item, each made of the
/// property of that name with <c>Oci</c> before it.
/// </summary>
internal static class RegistrySettings
{
    /// <summary>Metadata that only <see cref="ResolveOciImages"/> sets: the directory for its documents, and whether the project has images of one registry only.</summary>
    public const string Documents = "_OciDocuments", OnlyRegistry = "_OciOnlyRegistry";

    /// <summary>The lock file's name for none. MSBuild can't tell an empty property from one that is not set.</summary>
    private const string NoLockFile = "none";

    private const int MostConcurrency = 64;

    /// <param name="settings">The item with the settings; null for the defaults.</param>
    /// <param name="mirrors">The mirrors.</param>
    /// <param name="image">The image's resolved item; null for a task that is called without one.</param>
    /// <exception cref="OciException">A setting has no valid value.</exception>
    public static RegistryOptions Of(ITaskItem? settings, ITaskItem[] mirrors, ITaskItem? image) => new()
    {
        LockFile = Text(settings, "LockFile") is { } file && !file.Equals(NoLockFile, StringComparison.OrdinalIgnoreCase) ? TaskPaths.Absolute("OciLockFile", file) : null,
        LockedMode = Flag(settings, "LockedMode"),
        Update = Flag(settings, "Update"),
        Offline = Flag(settings, "Offline"),
        StoreDirectory = Directory(settings, "StoreDirectory"),
        StoreMaxBytes = Number(settings, "StoreMaxBytes", 0, long.MaxValue) ?? new RegistryOptions().StoreMaxBytes,
        DocumentsDirectory = Text(image, Documents) is { } documents ? TaskPaths.Absolute(Documents, documents) : null,
        Concurrency = (int)(Number(settings, "RegistryConcurrency", 1, MostConcurrency) ?? new RegistryOptions().Concurrency),
        AuthFile = Text(settings, "RegistryAuthFile") is { } auth ? TaskPaths.Absolute("OciRegistryAuthFile", auth) : null,
        InsecureRegistries = (Text(settings, "InsecureRegistries") ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        CertificatesDirectory = Directory(settings, "RegistryCertificates"),
        Mirrors = [.. mirrors.Select(static mirror => new RegistryMirror(mirror.ItemSpec, mirror.GetMetadata("Location"), FlagText.Parse("Tags", mirror.GetMetadata("Tags"), unset: false)))],
        IsOnlyRegistry = Flag(image, OnlyRegistry),
        Environment = BuildEnvironment.Get,
    };

    private static string? Directory(ITaskItem? settings, string name) =>
        Text(settings, name) is { } path ? Path.TrimEndingDirectorySeparator(TaskPaths.Absolute("Oci" + name, path)) : null;

    private static bool Flag(ITaskItem? item, string name) => FlagText.Parse("Oci" + name, Text(item, name), unset: false);

    private static long? Number(ITaskItem? settings, string name, long least, long most)
    {
        if (Text(settings, name) is not { } text)
            return null;
        bool valid = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most;
        return valid ? number : throw RegistryErrors.BadNumber("Oci" + name, text, least, most);
    }

    private static string? Text(ITaskItem? item, string name) => item?.GetMetadata(name) is { Length: > 0 } text ? text : null;
}
