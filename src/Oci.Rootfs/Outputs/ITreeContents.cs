using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs;

/// <summary>The contents of the merged tree's files, wherever they are once all layers were read.</summary>
internal interface ITreeContents : IDisposable
{
    /// <summary>Opens the content of a regular file.</summary>
    ITreeContent Open(Inode file);
}

/// <summary>One file's content.</summary>
internal interface ITreeContent : IDisposable
{
    /// <summary>Reads at an offset, like pread(2): holes are zeros, and 0 bytes mean the end.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>
    /// Where the next data begins at or after an offset; the file's size if there is none. What lies between is zeros. It saves reading
    /// holes, and need not find them all.
    /// </summary>
    long NextData(long offset);
}
