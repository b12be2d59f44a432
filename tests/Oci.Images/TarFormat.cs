namespace Oci.Images;

/// <summary>
/// The form of an entry's header. It decides the form of values that do not fit: base-256 and L/K (Gnu), records (Pax), none (others).
/// </summary>
public enum TarFormat
{
    /// <summary>A ustar header. A PAX header precedes it only where the entry needs one.</summary>
    Pax,
    Ustar,
    Gnu,
    V7,
}
