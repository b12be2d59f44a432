using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.State;

/// <summary>The file with what a tree is made of, while it is written.</summary>
[SupportedOSPlatform("linux")]
internal sealed class NewTreeState : IDisposable
{
    private readonly FileStream _file;
    private readonly TreeStateWriter _writer;
    private readonly Action _remove;
    private bool _isComplete;

    /// <param name="file">The new file.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <param name="state">All but the tree.</param>
    /// <param name="tree">The merged tree.</param>
    /// <param name="remove">Removes the file, where it is not completed.</param>
    /// <exception cref="IOException">The file can't be written, or would be too large.</exception>
    public NewTreeState(SafeFileHandle file, long most, TreeState state, RootfsTree tree, Action remove)
    {
        _remove = remove;
        _file = new FileStream(file, FileAccess.Write, bufferSize: 1);
        try
        {
            _writer = new TreeStateWriter(new Bounded(_file, most), state, tree);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the rest, and closes the file.</summary>
    /// <exception cref="IOException">The file can't be written, or would be too large.</exception>
    public void Finish(Stamps stamps)
    {
        _writer.Finish(stamps);
        _file.Dispose();
        _isComplete = true;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
        if (!_isComplete)
            _remove();
    }

    private sealed class Bounded(Stream file, long most) : WriteOnlyStream
    {
        private long _length;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _length += buffer.Length;
            if (_length > most)
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"it would have more than MaxStateBytes={most}"));
            file.Write(buffer);
        }

        public override void Flush() => file.Flush();
    }
}
