using System.Formats.Tar;
using System.Text;

namespace MakeImage;

/// <summary>One layer of the image as a tar. Its bytes do not depend on the time and place of its making.</summary>
internal sealed class Layer
{
    private static readonly DateTimeOffset Time = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly MemoryStream _bytes = new();
    private readonly TarWriter _tar;

    public Layer() => _tar = new TarWriter(_bytes, TarEntryFormat.Ustar, leaveOpen: true);

    public Layer Directory(string path, string mode = "0755", int owner = 0) => Add(TarEntryType.Directory, path + "/", mode, owner);

    public Layer File(string path, string text, string mode = "0644", int owner = 0) =>
        Add(TarEntryType.RegularFile, path, mode, owner, entry => entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)));

    public Layer Symlink(string path, string target) => Add(TarEntryType.SymbolicLink, path, "0777", 0, entry => entry.LinkName = target);

    public Layer Hardlink(string path, string target, string mode) => Add(TarEntryType.HardLink, path, mode, 0, entry => entry.LinkName = target);

    public Layer Device(string path, int major, int minor) => Add(TarEntryType.CharacterDevice, path, "0666", 0, entry =>
    {
        PosixTarEntry device = (PosixTarEntry)entry;
        device.DeviceMajor = major;
        device.DeviceMinor = minor;
    });

    /// <summary>Removes the file of a lower layer.</summary>
    public Layer Whiteout(string path) => File(Path.Combine(Path.GetDirectoryName(path)!, ".wh." + Path.GetFileName(path)), "");

    /// <summary>Removes everything that lower layers have in the directory.</summary>
    public Layer Opaque(string directory) => File(directory + "/.wh..wh..opq", "");

    public byte[] ToTar()
    {
        _tar.Dispose();
        return _bytes.ToArray();
    }

    private Layer Add(TarEntryType type, string path, string mode, int owner, Action<TarEntry>? more = null)
    {
        UstarTarEntry entry = new(type, path)
        {
            Mode = (UnixFileMode)Convert.ToInt32(mode, 8),
            Uid = owner,
            Gid = owner,
            ModificationTime = Time,
        };
        more?.Invoke(entry);
        _tar.WriteEntry(entry);
        return this;
    }
}
