using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Retrieval;

/// <summary>Stories: a document is the pictures in their order, the question their sentences in theirs.</summary>
internal static class StorySet
{
    public static JudgedSet Read(string folder, int most)
    {
        var stories = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "stories.json")))!["annotations"]!.AsArray()
            .Select(static annotation => annotation![0]!)
            .GroupBy(static step => step["story_id"]!.GetValue<string>())
            .Take(most)
            .Select(static story => (Id: story.Key, Steps: story.OrderBy(static step => step["worker_arranged_photo_order"]!.GetValue<int>()).ToArray()))
            .ToList();
        var extension = Path.GetExtension(Directory.EnumerateFiles(Path.Combine(folder, "images")).First());
        return new JudgedSet(
            "stories",
            Path.Combine(folder, "images"),
            [.. stories.Select(story => JudgedSet.Document(story.Id, story.Steps.Select(step => JudgedSet.Picture(step["photo_flickr_id"]!.GetValue<string>() + extension))))],
            [.. stories.Select(static story => JudgedSet.Question(story.Id, story.Steps.Select(static step => JudgedSet.Text(step["text"]!.GetValue<string>())), story.Id))]);
    }
}
