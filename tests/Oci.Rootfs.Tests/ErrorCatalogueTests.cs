using System.Linq.Expressions;
using System.Reflection;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests;

/// <summary>Every error of the catalogue, made with words in place of what a caller would know.</summary>
public sealed class ErrorCatalogueTests
{
    public static TheoryData<string> Names => [.. Methods.Select(static method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct()];

    private static IEnumerable<MethodInfo> Methods => typeof(OciException).Assembly.GetTypes()
        .Where(static type => type.Namespace == typeof(OciException).Namespace && type.Name.EndsWith("Errors", StringComparison.Ordinal))
        .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public))
        .Where(static method => method.ReturnType == typeof(OciException) && method.Name is not (nameof(LimitErrors.Exceeded) or nameof(DiskErrors.IfTooManyOpenFiles)));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_problem_begins_with_a_capital_and_ends_without_a_full_stop(string name)
    {
        Assert.All(Methods.Where(method => $"{method.DeclaringType!.Name}.{method.Name}" == name), static method =>
        {
            OciException error = Make(method);
            // A name in quotes may begin it as well.
            Assert.Matches("^['A-Z].*[^.]$", error.Problem);
            Assert.Matches("^OCI[0-9]{4}$", error.Code);
        });
    }

    /// <summary>An expression, because reflection can't pass spans.</summary>
    private static OciException Make(MethodInfo method) =>
        Expression.Lambda<Func<OciException>>(Expression.Call(method, method.GetParameters().Select(static parameter => Argument(parameter.ParameterType)))).Compile()();

    private static Expression Argument(Type type)
    {
        if (type == typeof(string))
            return Expression.Constant("Word");
        if (type == typeof(Exception))
            return Expression.Constant(new IOException("Word"), type);
        if (type.IsInterface && type.IsGenericType)
            return Expression.Convert(Expression.NewArrayInit(type.GetGenericArguments()[0]), type);
        return Expression.Default(type);
    }
}
