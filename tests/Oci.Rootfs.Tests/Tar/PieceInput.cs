using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

/// <summary>An archive that comes in pieces of one length, each in memory of its own that is spoilt once it is consumed.</summary>
internal sealed class PieceInput(byte[] archive, int pieceLength) : TarInput
{
    private byte[] _piece = [];
    private int _start;

    public override ReadOnlySpan<byte> Peek()
    {
        if (_start == _piece.Length)
        {
            _piece.AsSpan().Fill(0xee);
            _piece = archive.AsSpan((int)Position, (int)Math.Min(pieceLength, archive.Length - Position)).ToArray();
            _start = 0;
        }
        return _piece.AsSpan(_start);
    }

    public override void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _piece.Length - _start);
        _start += count;
        Position += count;
    }
}
