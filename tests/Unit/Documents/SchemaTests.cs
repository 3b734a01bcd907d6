using System.Text.Json.Nodes;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>docs/document.schema.json and the parser say the same.</summary>
public class SchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "document.schema.json")))!.AsObject();

    public static TheoryData<string> Names =>
        [.. DocumentCases.Valid.Concat(DocumentCases.Invalid).Where(static c => c.InSchema).Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Schema_and_parser_agree(string name)
    {
        var document = DocumentCases.Valid.Concat(DocumentCases.Invalid).Single(c => c.Name == name);

        var error = new MiniSchema(Schema).Validate(JsonNode.Parse(document.Json));

        Assert.True((error is null) == (document.Field is null), $"{name}: {error ?? "accepted"}");
    }

    [Fact]
    public void Names_are_the_parsers()
    {
        Assert.Equal(FieldNames.Document.All.Order(), Properties(Schema));
        Assert.Equal(FieldNames.Part.All.Order(), Properties(Definition("text")));
        Assert.Equal(FieldNames.Part.All.Order(), Properties(Definition("image")));
    }

    [Fact]
    public void Limits_are_the_parsers()
    {
        var limits = DocumentLimits.Default;
        Assert.Equal(limits.MaxIdLength, Keyword(Schema, "id", "maxLength"));
        Assert.Equal(limits.MaxTitleLength, Keyword(Schema, "title", "maxLength"));
        Assert.Equal(limits.MaxParts, Keyword(Schema, "parts", "maxItems"));
        Assert.Equal(FieldRules.MaxLanguageLength, Keyword(Schema, "language", "maxLength"));
        Assert.Equal(FieldRules.MaxTimeLength, Keyword(Schema, "time", "maxLength"));
        Assert.Equal(limits.MaxTextLength, Keyword(Definition("text"), "text", "maxLength"));
        Assert.Equal(limits.MaxAltLength, Keyword(Definition("image"), "alt", "maxLength"));
        Assert.Equal(FieldRules.MaxPathLength, Keyword(Definition("image"), "path", "maxLength"));
        Assert.Equal(FieldRules.MaxUrlLength, Keyword(Definition("image"), "url", "maxLength"));
        Assert.Equal((limits.MaxImageBytes + 2L) / 3 * 4, Keyword(Definition("image"), "data", "maxLength"));
    }

    [Fact]
    public void Patterns_are_the_parsers()
    {
        Assert.Equal(FieldRules.NamePattern, (string?)Definition("name")["pattern"]);
        Assert.Equal(FieldRules.LanguagePattern, (string?)Schema["properties"]!["language"]!["pattern"]);
        Assert.Equal(Rfc3339.Pattern, (string?)Schema["properties"]!["time"]!["pattern"]);
    }

    private static JsonObject Definition(string name) => Schema["$defs"]![name]!.AsObject();

    private static IEnumerable<string> Properties(JsonObject schema) => schema["properties"]!.AsObject().Select(static p => p.Key).Order();

    private static long Keyword(JsonObject schema, string property, string keyword) => schema["properties"]![property]![keyword]!.GetValue<long>();
}
