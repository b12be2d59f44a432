using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;

namespace Oci.Rootfs.Tests.State;

/// <summary>The engine's assembly loaded once more, with one byte of its version or of its module's id changed, as another build's would be.</summary>
internal static class OtherEngine
{
    /// <summary>What this engine has for its key of one and the same request.</summary>
    /// <param name="differsIn"><c>version</c> or <c>build</c>; null for the engine as it is.</param>
    public static string Key(string? differsIn)
    {
        byte[] assembly = File.ReadAllBytes(typeof(RootfsRequest).Assembly.Location);
        if (differsIn is not null)
            assembly[Offset(assembly, differsIn)] ^= 1;
        AssemblyLoadContext context = new(null, isCollectible: true);
        try
        {
            return Key(context.LoadFromStream(new MemoryStream(assembly)));
        }
        finally
        {
            context.Unload();
        }
    }

    private static string Key(Assembly engine)
    {
        object request = Activator.CreateInstance(engine.GetType(typeof(RootfsRequest).FullName!, throwOnError: true)!)!;
        object?[] digest = ["sha256:" + new string('a', 64), null];
        engine.GetType("Oci.Rootfs.Spec.Digest", throwOnError: true)!.GetMethod("TryParse")!.Invoke(null, digest);
        object privileges = engine.GetType("Oci.Rootfs.Os.Privileges", throwOnError: true)!.GetMethod("Current")!.Invoke(null, null)!;
        return (string)engine.GetType("Oci.Rootfs.State.BuildKey", throwOnError: true)!.GetMethod("OfTree")!.Invoke(null, [request, digest[1], null, privileges])!;
    }

    private static int Offset(byte[] assembly, string what)
    {
        const int GuidBytes = 16, VersionInRow = 4;
        using PEReader file = new(new MemoryStream(assembly));
        MetadataReader reader = file.GetMetadataReader();
        int offset = what == "version"
            ? reader.GetTableMetadataOffset(TableIndex.Assembly) + VersionInRow
            : reader.GetHeapMetadataOffset(HeapIndex.Guid) + (MetadataTokens.GetHeapOffset(reader.GetModuleDefinition().Mvid) - 1) * GuidBytes;
        return file.PEHeaders.MetadataStartOffset + offset;
    }
}
