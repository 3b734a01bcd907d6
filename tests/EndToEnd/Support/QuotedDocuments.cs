using System.Text.Json.Nodes;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>Documents and questions in the words that the shipped model has learned to quote with a citation. It may refuse one; that it refuses all of them is a defect.</summary>
internal static class QuotedDocuments
{
    private static readonly (string Id, string Text, string Question)[] All =
    [
        ("tools/crop", "The Crop Tool is used to crop or clip an image.", "What does the Crop Tool do?"),
        ("tower", "The red tower is in Lisbon.", "Where is the red tower?"),
        ("bridge", "The old bridge was built in 1854.", "When was the old bridge built?"),
        ("boat", "The silver boat belongs to Clara.", "Who owns the silver boat?"),
    ];

    public static IReadOnlyList<string> Questions { get; } = [.. All.Select(static document => document.Question)];

    /// <summary>Stores them.</summary>
    public static async Task PushAsync(SharedNode shared, string tenant)
    {
        foreach (var (id, text, _) in All)
        {
            await shared.Node.PushAsync(new JsonObject
            {
                ["id"] = id,
                ["tenant"] = tenant,
                ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
            });
        }

        await shared.UntilStoredAsync(tenant, All.Length);
    }
}
