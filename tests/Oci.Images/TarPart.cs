namespace Oci.Images;

/// <summary>A part of a tar: an entry (<see cref="TarItem"/>), raw bytes, the end.</summary>
public abstract record TarPart
{
    internal abstract void WriteTo(Stream output);
}

/// <summary>Bytes as they are, without padding.</summary>
public sealed record TarRaw(byte[] Bytes) : TarPart
{
    internal override void WriteTo(Stream output) => output.Write(Bytes);
}

/// <summary>This many zero blocks. An archive with one of these gets no others.</summary>
public sealed record TarEnd(int Blocks) : TarPart
{
    internal override void WriteTo(Stream output) => output.Write(new byte[Blocks * 512]);
}
