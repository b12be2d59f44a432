using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Oci.Rootfs.Tests.Rooms;

/// <summary>
/// An assembly as it was compiled: its types, and the namespaces that each of them knows. What a nested type knows, or one that the
/// compiler made of a lambda, its outermost type knows. Constants of other types are not seen: the compiler copies them.
/// </summary>
internal sealed class CompiledAssembly : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _reader;

    public CompiledAssembly(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
    }

    /// <summary>The outermost types that have a namespace: what the compiler makes for itself has none.</summary>
    public IEnumerable<CompiledType> Types => _reader.TypeDefinitions.Select(handle => (Handle: handle, Type: _reader.GetTypeDefinition(handle)))
        .Where(static t => t.Type.GetDeclaringType().IsNil && !t.Type.Namespace.IsNil)
        .Select(t => new CompiledType(_reader.GetString(t.Type.Namespace), _reader.GetString(t.Type.Name), t.Type.Attributes.HasFlag(TypeAttributes.Public), Known(t.Handle)));

    public void Dispose() => _file.Dispose();

    private HashSet<string> Known(TypeDefinitionHandle handle)
    {
        HashSet<string> known = [];
        AddType(handle, known);
        return known;
    }

    private void AddType(TypeDefinitionHandle handle, HashSet<string> known)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        Add(type.BaseType, known);
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
            Add(_reader.GetInterfaceImplementation(implementation).Interface, known);
        AddConstraints(type.GetGenericParameters(), known);
        AddAttributes(type.GetCustomAttributes(), known);
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            Add(field, known);
            AddAttributes(_reader.GetFieldDefinition(field).GetCustomAttributes(), known);
        }
        foreach (MethodDefinitionHandle method in type.GetMethods())
            AddMethod(method, known);
        foreach (TypeDefinitionHandle nested in type.GetNestedTypes())
            AddType(nested, known);
    }

    private void AddMethod(MethodDefinitionHandle handle, HashSet<string> known)
    {
        MethodDefinition method = _reader.GetMethodDefinition(handle);
        Add(handle, known);
        AddConstraints(method.GetGenericParameters(), known);
        AddAttributes(method.GetCustomAttributes(), known);
        if (method.RelativeVirtualAddress == 0)
            return;
        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        Add(body.LocalSignature, known);
        foreach (ExceptionRegion region in body.ExceptionRegions)
            Add(region.CatchType, known);
        foreach (EntityHandle named in MethodTokens.Of(body))
            Add(named, known);
    }

    private void AddConstraints(GenericParameterHandleCollection parameters, HashSet<string> known)
    {
        foreach (GenericParameterConstraintHandle constraint in parameters.SelectMany(p => _reader.GetGenericParameter(p).GetConstraints()))
            Add(_reader.GetGenericParameterConstraint(constraint).Type, known);
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes, HashSet<string> known)
    {
        foreach (CustomAttributeHandle attribute in attributes)
            Add(_reader.GetCustomAttribute(attribute).Constructor, known);
    }

    /// <summary>A member is known with its type and with all types of its signature: these are handled, if in passing.</summary>
    private void Add(EntityHandle handle, HashSet<string> known)
    {
        NamedTypes types = new(known);
        switch (handle.Kind)
        {
            case var _ when handle.IsNil:
                break;
            case HandleKind.TypeDefinition:
                types.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0);
                break;
            case HandleKind.TypeReference:
                types.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0);
                break;
            case HandleKind.TypeSpecification:
                types.GetTypeFromSpecification(_reader, null, (TypeSpecificationHandle)handle, 0);
                break;
            case HandleKind.FieldDefinition:
                FieldDefinition field = _reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                field.DecodeSignature(types, null);
                Add(field.GetDeclaringType(), known);
                break;
            case HandleKind.MethodDefinition:
                MethodDefinition method = _reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                method.DecodeSignature(types, null);
                Add(method.GetDeclaringType(), known);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                generic.DecodeSignature(types, null);
                Add(generic.Method, known);
                break;
            case HandleKind.MemberReference:
                AddMember(_reader.GetMemberReference((MemberReferenceHandle)handle), known);
                break;
            case HandleKind.StandaloneSignature:
                AddSignature(_reader.GetStandaloneSignature((StandaloneSignatureHandle)handle), types);
                break;
            default:
                throw new InvalidDataException($"A {handle.Kind} in a method.");
        }
    }

    private void AddMember(MemberReference member, HashSet<string> known)
    {
        NamedTypes types = new(known);
        if (member.GetKind() == MemberReferenceKind.Field)
            member.DecodeFieldSignature(types, null);
        else
            member.DecodeMethodSignature(types, null);
        Add(member.Parent, known);
    }

    private static void AddSignature(StandaloneSignature signature, NamedTypes types)
    {
        if (signature.GetKind() == StandaloneSignatureKind.Method)
            signature.DecodeMethodSignature(types, null);
        else
            signature.DecodeLocalSignature(types, null);
    }
}
