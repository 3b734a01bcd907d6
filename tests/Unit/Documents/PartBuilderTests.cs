using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Tests.Unit.Documents;

public sealed class PartBuilderTests
{
    [Fact]
    public void Millions_of_terms_with_one_explanation_are_gathered_in_good_time()
    {
        // Copied for each of them, they would take hours.
        const int Terms = 1 << 22;
        var builder = new PartBuilder(targetLength: 100);
        for (var i = 0; i < Terms; i++)
            builder.Add(BlockKind.Term, "a");
        builder.Add(BlockKind.Paragraph, "letters");
        var text = Assert.IsType<TextPart>(Assert.Single(builder.Build())).Text;
        Assert.Equal((2 * Terms) + "letters".Length, text.Length);
        Assert.EndsWith("a\na\nletters", text, StringComparison.Ordinal);
    }
}
