using System.Globalization;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>What somebody may do to a tree between two builds, drawn at random.</summary>
internal static class Tampering
{
    public static void Do(string root, Random random)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            List<string> paths = [.. Paths(root)];
            Do(root, paths[random.Next(paths.Count)], paths[random.Next(paths.Count)], random);
        }
    }

    private static IEnumerable<string> Paths(string directory)
    {
        yield return directory;
        foreach (string entry in Directory.GetFileSystemEntries(directory).Order(StringComparer.Ordinal))
        {
            if (Directory.Exists(entry) && new FileInfo(entry).LinkTarget is null)
            {
                foreach (string path in Paths(entry))
                    yield return path;
            }
            else
            {
                yield return entry;
            }
        }
    }

    private static void Do(string root, string path, string other, Random random)
    {
        bool isRoot = path == root, isDirectory = Directory.Exists(path) && new FileInfo(path).LinkTarget is null;
        try
        {
            switch (random.Next(11))
            {
                case 0 when isDirectory:
                    File.WriteAllText(Path.Combine(path, "added"), "x");
                    break;
                case 1 when isDirectory:
                    Directory.CreateDirectory(Path.Combine(path, "added.d", "e"));
                    File.WriteAllText(Path.Combine(path, "added.d", "e", "f"), "x");
                    break;
                case 2 when !isDirectory && new FileInfo(path).LinkTarget is null && new FileInfo(path).Length > 0:
                    DateTime before = File.GetLastWriteTimeUtc(path);
                    byte[] bytes = File.ReadAllBytes(path);
                    bytes[0] ^= 1;
                    File.WriteAllBytes(path, bytes);
                    File.SetLastWriteTimeUtc(path, before);
                    break;
                case 3 when !isRoot && isDirectory:
                    Directory.Delete(path, recursive: true);
                    break;
                case 4 when !isDirectory:
                    File.Delete(path);
                    break;
                case 5 when new FileInfo(path).LinkTarget is null:
                    File.SetUnixFileMode(path, (UnixFileMode)0b111_000_101);
                    break;
                case 6 when !isRoot && other != root && !other.StartsWith(path + "/", StringComparison.Ordinal):
                    if (isDirectory)
                        Directory.Move(path, other + ".moved");
                    else
                        File.Move(path, other, overwrite: true);
                    break;
                case 7:
                    Command.Run("touch", "-h", path);
                    break;
                case 8:
                    NodeXattrs.TrySet(path, "user.drift", [1]);
                    break;
                case 9 when !isRoot && isDirectory:
                    Command.Run("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"cp -a '{path}' '{path}.copy' && rm -rf '{path}' && mv '{path}.copy' '{path}'"));
                    break;
                case 10 when !isDirectory:
                    Command.Run("ln", "-P", path, path + ".linked");
                    break;
                default:
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not everything can be done to everything.
        }
    }
}
