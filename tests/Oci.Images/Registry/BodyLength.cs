namespace Oci.Images.Registry;

/// <summary>How an answer tells where its body ends (RFC 9112, 6.3).</summary>
public enum BodyLength
{
    Header,
    Chunked,
    UntilClosed,
}
