using System.Text.Json.Nodes;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Documents;

internal static class DocumentAssert
{
    /// <summary>Equal in everything; records compare lists, memory and JSON by reference.</summary>
    public static void Same(InterleavedDocument expected, InterleavedDocument actual)
    {
        IReadOnlyList<DocumentPart> none = [];
        Assert.Equal(expected with { Parts = none, Metadata = null }, actual with { Parts = none, Metadata = null });
        Assert.True(JsonNode.DeepEquals(expected.Metadata, actual.Metadata), $"{expected.Metadata} != {actual.Metadata}");
        Assert.Equal(expected.Parts.Count, actual.Parts.Count);
        foreach (var (before, after) in expected.Parts.Zip(actual.Parts))
        {
            if (before is ImagePart { Source: InlineImage inline, Alt: var alt })
            {
                var image = Assert.IsType<ImagePart>(after);
                var source = Assert.IsType<InlineImage>(image.Source);
                Assert.Equal(alt, image.Alt);
                Assert.Equal(inline.MediaType, source.MediaType);
                Assert.True(inline.Data.Span.SequenceEqual(source.Data.Span));
            }
            else
            {
                Assert.Equal(before, after);
            }
        }
    }

    /// <summary>The bytes of inline pictures, in order.</summary>
    public static List<ReadOnlyMemory<byte>> Images(InterleavedDocument document) =>
        [.. document.Parts.OfType<ImagePart>().Select(static p => p.Source is InlineImage inline ? inline.Data : default)];
}
