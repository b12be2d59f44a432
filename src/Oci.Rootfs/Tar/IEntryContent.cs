namespace Oci.Rootfs.Tar;

/// <summary>The content of one file, read once and forward: of a tar's current entry, or of a file that the user adds.</summary>
internal interface IEntryContent
{
    /// <summary>Whether pieces may be left out, which are zeros.</summary>
    bool IsSparse { get; }

    /// <summary>Reads the next piece in place: valid until the next call.</summary>
    /// <param name="offset">The piece's place in the file.</param>
    /// <param name="data">At least one byte, unless the content has ended.</param>
    /// <returns>False at the end of the content.</returns>
    bool ReadContent(out long offset, out ReadOnlySpan<byte> data);
}
