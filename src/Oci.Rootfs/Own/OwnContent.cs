using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Own;

/// <summary>
/// The content of one of the user's own files. It must still be the content that the build's key was made of: at its end the digest is
/// compared.
/// </summary>
internal sealed class OwnContent : IEntryContent, IDisposable
{
    /// <summary>Small enough to be no large object.</summary>
    private const int BufferBytes = 64 << 10;

    private readonly OwnFileNode _node;
    private readonly byte[] _buffer;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _at;
    private bool _ended;

    /// <exception cref="OciException">OCI6406 to OCI6408.</exception>
    public OwnContent(OwnFileNode node)
    {
        _node = node;
        _buffer = new byte[(int)Math.Clamp(node.Size, 1, BufferBytes)];
        _file = OwnSource.Open(node);
    }

    public bool IsSparse => false;

    /// <exception cref="OciException">OCI6408, OCI6409.</exception>
    public bool ReadContent(out long offset, out ReadOnlySpan<byte> data)
    {
        offset = _at;
        data = default;
        if (_ended)
            return false;
        int count = Read((int)Math.Min(_buffer.Length, Math.Max(1, _node.Size - _at)));
        if (_at == _node.Size)
        {
            _ended = true;
            if (count != 0 || !Convert.ToHexStringLower(_hash.GetHashAndReset()).Equals(_node.Digest, StringComparison.Ordinal))
                throw OwnErrors.SourceChanged(_node.Source, _node.Path);
            return false;
        }
        if (count == 0)
            throw OwnErrors.SourceChanged(_node.Source, _node.Path);
        data = _buffer.AsSpan(0, count);
        _hash.AppendData(data);
        _at += count;
        return true;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _file.Dispose();
    }

    private int Read(int count)
    {
        try
        {
            return RandomAccess.Read(_file, _buffer.AsSpan(0, count), _at);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OwnErrors.SourceUnreadable(_node.Source, _node.Path, e.Message);
        }
    }
}
