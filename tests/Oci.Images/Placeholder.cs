namespace Oci.Images;

internal static class Placeholder;
