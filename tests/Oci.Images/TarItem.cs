namespace Oci.Images;

/// <summary>
/// An entry, right or wrong: <see cref="Tars"/> makes it, <c>with</c> changes it. <see cref="Format"/> decides the form of values that do
/// not fit the header. A mode is text, as in chmod(1): <c>Mode = "0644"</c>.
/// </summary>
public sealed record TarItem : TarPart
{
    public required TarText Name { get; init; }

    /// <summary>The type flag: <c>'0'</c> file, <c>'5'</c> directory, or any other byte.</summary>
    public char Type { get; init; } = '0';

    public Octal Mode { get; init; } = "0644";

    public long Uid { get; init; }

    public long Gid { get; init; }

    /// <summary>Seconds since the epoch, rounded down; <see cref="Nanoseconds"/> count forward from them.</summary>
    public long Mtime { get; init; }

    /// <summary>Only PAX records have it.</summary>
    public int Nanoseconds { get; init; }

    public TarText LinkName { get; init; }

    public TarText UserName { get; init; }

    public TarText GroupName { get; init; }

    public long DeviceMajor { get; init; }

    public long DeviceMinor { get; init; }

    public TarContent Content { get; init; } = Array.Empty<byte>();

    /// <summary>Makes the entry sparse. <see cref="Content"/> is then ignored.</summary>
    public TarSparse? Sparse { get; init; }

    public TarFormat Format { get; init; } = TarFormat.Pax;

    public IReadOnlyList<TarXattr> Xattrs { get; init; } = [];

    /// <summary>More PAX records after those that the entry needs, in this order; in any format.</summary>
    public IReadOnlyList<TarRecord> Pax { get; init; } = [];

    /// <summary>The size in the header, in place of the true one. The content stays.</summary>
    public long? ForgedSize { get; init; }

    public int? ForgedChecksum { get; init; }

    /// <summary>Changes to the finished header before its checksum: offset, bytes.</summary>
    public IReadOnlyList<(int Offset, byte[] Bytes)> Patches { get; init; } = [];

    /// <summary>All 512 bytes of the header with the checksum. They replace the header that the other properties describe.</summary>
    public byte[]? RawHeader { get; init; }

    /// <summary>Whether zeros follow the content up to a whole block.</summary>
    public bool Padded { get; init; } = true;

    /// <summary>Writes only the header. Whatever its size says, no content follows.</summary>
    public bool HeaderOnly { get; init; }

    internal override void WriteTo(Stream output)
    {
        foreach (TarItem helper in TarHelpers.Of(this))
            helper.WriteTo(output);
        byte[] header = TarHeaderWriter.Header(this);
        byte[] sparseMap = Sparse?.Form == TarSparseForm.OldGnu ? Sparse.PutOldGnuMap(header) : [];
        TarHeaderWriter.Finish(this, header);
        output.Write(RawHeader ?? header);
        output.Write(sparseMap);
        if (!HeaderOnly)
            WriteContent(output);
    }

    internal long StoredLength => Sparse?.StoredLength ?? Content.Length;

    private void WriteContent(Stream output)
    {
        if (Sparse is not null)
            Sparse.WriteStored(output);
        else
            Content.WriteTo(output);
        if (Padded)
            output.Write(new byte[(int)(-StoredLength & 511)]);
    }
}
