using System.Reflection;
using System.Runtime.CompilerServices;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>The public members of the projects that others build on, so that none changes unnoticed. UPDATE_SNAPSHOTS=1 writes the file anew.</summary>
public class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData(typeof(InterleavedDocument), "public-api.txt")]
    [InlineData(typeof(UnifiedVlm.Client.UnifiedVlmClient), "public-api-client.txt")]
    public void Public_members_are_those_of_the_snapshot(Type type, string snapshot)
    {
        var file = RepositoryFiles.Data(snapshot);
        var members = type.Assembly.GetExportedTypes().SelectMany(Describe).Order(StringComparer.Ordinal).ToList();
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(file, string.Join('\n', members) + "\n");

        Assert.Equal(File.ReadAllLines(file), members);
    }

    private static IEnumerable<string> Describe(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : "class";
        yield return $"{type.FullName} ({kind}) : {Name(type.BaseType ?? typeof(object))}";
        foreach (var member in type.GetMembers(Declared))
        {
            if (IsVisible(member) && Text(member) is { } text)
                yield return $"{type.FullName}.{text}";
        }
    }

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily) && !method.IsDefined(typeof(CompilerGeneratedAttribute)),
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property.Name != "EqualityContract" && property.GetAccessors(nonPublic: true).Any(static a => a.IsPublic || a.IsFamily),
        _ => false,
    };

    private static string? Text(MemberInfo member) => member switch
    {
        MethodInfo { IsSpecialName: true } => null,
        MethodInfo { Name: "Deconstruct" or "<Clone>$" } => null,
        MethodInfo method => $"{method.Name}({Parameters(method)}) -> {Name(method.ReturnType)}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        PropertyInfo property => $"{property.Name} : {Name(property.PropertyType)} {{{(property.CanRead ? " get;" : "")}{(property.SetMethod is { IsPublic: true } ? " init;" : "")} }}",
        FieldInfo { IsLiteral: true } field => $"{field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{field.Name} : {Name(field.FieldType)}",
        _ => null,
    };

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(static p => $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
