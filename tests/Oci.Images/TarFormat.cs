namespace Oci.Images;

/// <summary>How an entry's header is written, and how what does not fit into it: base-256 and L/K (Gnu), records (Pax), not at all (others).</summary>
public enum TarFormat
{
    /// <summary>A ustar header; a PAX header before it only where the entry needs one.</summary>
    Pax,
    Ustar,
    Gnu,
    V7,
}
