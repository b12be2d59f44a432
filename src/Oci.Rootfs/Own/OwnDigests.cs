using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Own;

/// <summary>
/// The digests of the user's own files. A file among the intermediate files of the project remembers them by the sources' identities, so
/// that a build with nothing to do reads no source. Only Linux has identities that tell every change: on other systems each build reads all
/// sources.
/// </summary>
internal sealed class OwnDigests
{
    /// <summary>Enough for 100,000 files.</summary>
    private const int MostBytes = 64 << 20;

    private const int HexDigits = 64;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string? _path;
    private readonly EngineContext _context;
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private bool _isNew;

    /// <param name="path">The file that remembers; null for none.</param>
    /// <param name="context">Log and cancellation.</param>
    public OwnDigests(string? path, EngineContext context)
    {
        _path = HostSystem.IsLinux ? path : null;
        _context = context;
        if (HostSystem.IsLinux && path is not null)
            Read(path);
    }

    /// <summary>Removes the file that remembers.</summary>
    public static void Forget(string? path)
    {
        if (path is not null && HostSystem.IsLinux)
            OutputFile.Remove(path);
    }

    /// <summary>Returns the length of a source and the sha256 of its content in hexadecimal digits.</summary>
    /// <exception cref="OciException">OCI6408, OCI6409.</exception>
    public (long Size, string Digest) Of(OwnFileNode node, SafeFileHandle file)
    {
        FileIdentity identity = InputFile.IdentityOf(file, node.Source);
        if (_path is not null && _known.TryGetValue(node.Source, out Known? known) && known.File.Equals(identity))
            return (identity.Size, known.Digest);
        string digest = Hash(node, file);
        bool isSettled = _path is not null && identity.Changed.WaitForTick(_context.Cancellation);
        if (!InputFile.IdentityOf(file, node.Source).Equals(identity))
            throw OwnErrors.SourceChanged(node.Source, node.Path);
        if (isSettled)
        {
            _known[node.Source] = new Known(identity, digest);
            _isNew = true;
        }
        return (identity.Size, digest);
    }

    /// <summary>Remembers what is new, and forgets files that are gone. A build that can't do so is none the worse.</summary>
    public void Write()
    {
        if (!_isNew || _path is null)
            return;
        try
        {
            byte[] json = OwnJson.Write(WriteMembers).ToArray();
            // A umask that lets the group write would make a file that is not trusted.
            OutputFile.Prepare(_path, stream => stream.Write(json), Mode).Publish();
        }
        catch (OciException e)
        {
            _context.Log.Detail(e.Message);
        }
    }

    private string Hash(OwnFileNode node, SafeFileHandle file)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 << 10];
        try
        {
            for (long at = 0; ;)
            {
                _context.ThrowIfCancelled();
                int count = RandomAccess.Read(file, buffer, at);
                if (count == 0)
                    return Convert.ToHexStringLower(hash.GetHashAndReset());
                hash.AppendData(buffer, 0, count);
                at += count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OwnErrors.SourceUnreadable(node.Source, node.Path, e.Message);
        }
    }

    [SupportedOSPlatform("linux")]
    private void Read(string path)
    {
        if (OwnFile.TryRead(path, MostBytes) is { } bytes && OwnJson.Parse(bytes, ReadMembers) is null)
            _known.Clear();
    }

    /// <returns>Null for the file of another path: one that was copied here says nothing about this project's files.</returns>
    private string? ReadMembers(JsonElement root)
    {
        if (root.GetProperty("list").GetString() != _path)
            return null;
        foreach (JsonElement file in root.GetProperty("files").EnumerateArray())
        {
            if (file.GetProperty("path").GetString() is { } path && file.GetProperty("digest").GetString() is { Length: HexDigits } digest)
                _known[path] = new Known(FileIdentityJson.Read(file), digest);
        }
        return _path;
    }

    private void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("list", _path);
        json.WriteStartArray("files");
        foreach (KeyValuePair<string, Known> file in _known)
        {
            if (!File.Exists(file.Key))
                continue;
            json.WriteStartObject();
            json.WriteString("path", file.Key);
            FileIdentityJson.WriteMembers(json, file.Value.File);
            json.WriteString("digest", file.Value.Digest);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private sealed record Known(FileIdentity File, string Digest);
}
