using System.Buffers.Text;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// The lines of a passwd or group file as bytes. It skips a line that has no three fields, or no valid numbers where they belong. Extra
/// fields do not matter.
/// </summary>
internal ref struct UserLines(ReadOnlySpan<byte> file)
{
    private ReadOnlySpan<byte> _rest = file;

    /// <summary>The first field: the name of the user or the group.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The third field: the number of the user or the group.</summary>
    public uint Id { get; private set; }

    /// <summary>Everything behind the third field and its colon.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; }

    /// <summary>Moves to the next valid line of a group file: <c>name:password:gid:members</c>.</summary>
    public bool NextGroup()
    {
        while (NextLine(out ReadOnlySpan<byte> line))
        {
            if (TryRead(line))
                return true;
        }
        return false;
    }

    /// <summary>Moves to the next valid line of a passwd file: <c>name:password:uid:gid:…</c>.</summary>
    /// <param name="gid">The number of the user's primary group.</param>
    public bool NextUser(out uint gid)
    {
        while (NextLine(out ReadOnlySpan<byte> line))
        {
            if (TryRead(line) && TryParseId(Field(Rest, out _), out gid))
                return true;
        }
        gid = 0;
        return false;
    }

    /// <summary>Whether a comma-separated list has the name.</summary>
    public static bool HasMember(ReadOnlySpan<byte> list, ReadOnlySpan<byte> name)
    {
        while (true)
        {
            int comma = list.IndexOf((byte)',');
            if ((comma < 0 ? list : list[..comma]).SequenceEqual(name))
                return true;
            if (comma < 0)
                return false;
            list = list[(comma + 1)..];
        }
    }

    /// <summary>Parses digits only. The last number of 32 bits is no user: for the kernel it means that nothing changes.</summary>
    public static bool TryParseId(ReadOnlySpan<byte> digits, out uint id)
    {
        id = 0;
        return IsNumber(digits) && Utf8Parser.TryParse(digits, out id, out int length) && length == digits.Length && id != uint.MaxValue;
    }

    public static bool IsNumber(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private bool NextLine(out ReadOnlySpan<byte> line)
    {
        int end = _rest.IndexOf((byte)'\n');
        line = end < 0 ? _rest : _rest[..end];
        bool isThere = !_rest.IsEmpty;
        _rest = end < 0 ? [] : _rest[(end + 1)..];
        return isThere;
    }

    private bool TryRead(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name = Field(line, out ReadOnlySpan<byte> rest);
        Field(rest, out rest);
        if (name.IsEmpty || !TryParseId(Field(rest, out rest), out uint id))
            return false;
        Id = id;
        Name = name;
        Rest = rest;
        return true;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> rest)
    {
        int colon = line.IndexOf((byte)':');
        rest = colon < 0 ? [] : line[(colon + 1)..];
        return colon < 0 ? line : line[..colon];
    }
}
