namespace Oci.Images;

/// <summary>Something that stands in a tar: an entry (<see cref="TarItem"/>), raw bytes, the end.</summary>
public abstract record TarPart
{
    internal abstract void WriteTo(Stream output);
}

/// <summary>Bytes as they are, without padding.</summary>
public sealed record TarRaw(byte[] Bytes) : TarPart
{
    internal override void WriteTo(Stream output) => output.Write(Bytes);
}

/// <summary>So many zero blocks; an archive in which one of these stands gets no others.</summary>
public sealed record TarEnd(int Blocks) : TarPart
{
    internal override void WriteTo(Stream output) => output.Write(new byte[Blocks * 512]);
}
