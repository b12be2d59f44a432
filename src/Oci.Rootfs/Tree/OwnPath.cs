using System.Text;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>The paths that a user gives for own files, and the texts beside them.</summary>
internal static class OwnPath
{
    private const int MaxSymlinkTarget = 4095;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the components of an absolute path, cleaned of empty ones and dots; none for the root.</summary>
    /// <exception cref="OciException">OCI6402.</exception>
    public static List<byte[]> Components(string path)
    {
        if (!path.StartsWith('/'))
            throw OwnErrors.BadPath(path, "an absolute path, which begins with '/'");
        List<byte[]> components = [];
        foreach (string name in path.Split('/'))
        {
            if (name is "" or ".")
                continue;
            components.Add(Component(path, name));
        }
        return components;
    }

    /// <exception cref="OciException">OCI6412.</exception>
    public static byte[] LinkTarget(string path, string target)
    {
        if (target.Length == 0 || HasControl(target))
            throw OwnErrors.BadLinkTarget(path, "a LinkTarget without control characters");
        byte[] bytes = Bytes(target) ?? throw OwnErrors.BadLinkTarget(path, "a LinkTarget that is Unicode");
        return bytes.Length <= MaxSymlinkTarget ? bytes : throw OwnErrors.BadLinkTarget(path, "at most 4095 bytes");
    }

    public static bool HasControl(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c))
                return true;
        }
        return false;
    }

    /// <returns>Null for a text that is not Unicode, such as half of a pair of surrogates.</returns>
    public static byte[]? Bytes(string text)
    {
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    private static byte[] Component(string path, string name)
    {
        if (name == "..")
            throw OwnErrors.BadPath(path, "a path without '..'");
        if (HasControl(name))
            throw OwnErrors.BadPath(path, "a path without control characters");
        byte[] bytes = Bytes(name) ?? throw OwnErrors.BadPath(path, "a path that is Unicode");
        if (bytes.Length > NameReader.MaxComponent)
            throw OwnErrors.BadPath(path, "names of at most 255 bytes");
        // In a layer such a name removes something. Whoever reads an archive of the tree as a layer would take it so.
        return WhiteoutName.IsMarker(bytes) ? throw OwnErrors.BadPath(path, "names that do not begin with '.wh.'") : bytes;
    }
}
