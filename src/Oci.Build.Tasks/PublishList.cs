using System.Text;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>
/// The files to publish, in a file of the project. Its texts are divided by NUL, which no path has: of each entry the path, and the path in
/// the directory of publish.
/// </summary>
internal sealed class PublishList(string path)
{
    /// <param name="Path">The absolute path of the file.</param>
    /// <param name="Target">The path in the directory of publish.</param>
    internal sealed record Entry(string Path, string Target);

    /// <summary>
    /// Each file gets its own name. Files with one name, such as two of the name <c>config.json</c>, get a directory with the image's name.
    /// </summary>
    /// <param name="files">The images' names, and the files' absolute paths.</param>
    public static List<Entry> Of(IEnumerable<(string Name, string Path)> files)
    {
        List<Entry> entries = [];
        // Where they are copied to, there may be no difference between small and capital letters.
        foreach (IGrouping<string, (string Name, string Path)> same in files.GroupBy(static file => Path.GetFileName(file.Path), StringComparer.OrdinalIgnoreCase))
        {
            bool isOne = same.Count() == 1;
            foreach ((string name, string file) in same)
                entries.Add(new Entry(file, isOne ? Path.GetFileName(file) : name + "/" + Path.GetFileName(file)));
        }
        return entries;
    }

    /// <returns>The entries of the last build; none where there was none.</returns>
    public List<Entry> Read()
    {
        List<Entry> entries = [];
        if (!File.Exists(path))
            return entries;
        string[] texts = Try(() => File.ReadAllText(path)).Split('\0');
        for (int i = 0; i + 1 < texts.Length; i += 2)
            entries.Add(new Entry(texts[i], texts[i + 1]));
        return entries;
    }

    /// <summary>Writes the list if it differs.</summary>
    public void Write(List<Entry> entries)
    {
        StringBuilder text = new();
        foreach (Entry entry in entries)
            text.Append(entry.Path).Append('\0').Append(entry.Target).Append('\0');
        _ = Try(() =>
        {
            if (entries.Count == 0)
                File.Delete(path);
            else if (!File.Exists(path) || File.ReadAllText(path) != text.ToString())
                Write(text.ToString());
            return true;
        });
    }

    private void Write(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private T Try<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(path, e);
        }
    }
}
