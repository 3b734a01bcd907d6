using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Tests.Unit.Training.Data;

[Collection(nameof(TinyData))]
public sealed class EvaluationSetTests(TinyData data)
{
    private string Folder => Path.Combine(data.Folder, "eval");

    public static TheoryData<string> HardNegativeFiles =>
    [
        .. from objects in new[] { "two", "three", "four" } from kind in HardNegativeSets.Kinds select $"hard-negatives-{objects}-objects/{kind}.json",
    ];

    [Fact]
    public void The_manifest_lists_sets_whose_files_are_there()
    {
        var entries = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "manifest.json")))!.AsArray();
        Assert.Equal(
            ["karpathy", "pope", "questions", "sugarcrepe", "vist", "winoground"],
            entries.Select(static entry => (string)entry!["format"]!).Distinct().Order());
        Assert.All(entries, entry =>
        {
            var path = Path.Combine(Folder, (string)entry!["path"]!);
            Assert.True(File.Exists(path) || Directory.Exists(path), path);
            Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(Folder, (string)entry["images"]!), "*.png"));
        });
    }

    [Fact]
    public void The_loaders_of_the_public_formats_read_every_set()
    {
        foreach (var entry in SetManifest.Load(Folder))
            Assert.NotNull(SetLoader.Load(entry));
    }

    [Theory, MemberData(nameof(HardNegativeFiles))]
    public void Whoever_judges_by_the_texts_alone_is_right_half_the_time(string file)
    {
        var items = Read(file).AsObject().Select(static item => ((string)item.Value!["caption"]!, (string)item.Value["negative_caption"]!)).ToList();
        Assert.NotEmpty(items);
        Assert.All(items, static item => Assert.NotEqual(item.Item1, item.Item2));
        foreach (var prefersFirst in new Func<string, string, bool>[]
        {
            static (one, two) => one.Length > two.Length || (one.Length == two.Length && string.CompareOrdinal(one, two) > 0),
            static (one, two) => string.CompareOrdinal(one, two) < 0,
            static (one, two) => one.Count(static letter => letter == 'e') > two.Count(static letter => letter == 'e') || (one.Count(static letter => letter == 'e') == two.Count(static letter => letter == 'e') && string.CompareOrdinal(one, two) < 0),
        })
        {
            Assert.Equal(items.Count / 2, items.Count(item => prefersFirst(item.Item1, item.Item2)));
        }
    }

    [Theory, MemberData(nameof(HardNegativeFiles))]
    public void Mirrored_items_have_different_pictures(string file)
    {
        var images = Path.Combine(Folder, Path.GetDirectoryName(file)!, "images");
        foreach (var pair in Read(file).AsObject().Select(item => File.ReadAllBytes(Path.Combine(images, (string)item.Value!["filename"]!))).Chunk(2))
            Assert.NotEqual(pair[0], pair[1]);
    }

    [Fact]
    public void Captions_of_a_retrieval_set_are_all_different()
    {
        foreach (var set in new[] { "retrieval-scenes", "retrieval-scenes-long", "emoji-unseen-noto" })
        {
            var captions = Read(set + "/dataset.json")["images"]!.AsArray().Select(static image => (string)image!["sentences"]![0]!["raw"]!).ToList();
            Assert.NotEmpty(captions);
            Assert.Equal(captions.Count, captions.Distinct().Count());
        }
    }

    [Fact]
    public void Captions_may_be_generated_as_long_as_the_right_ones()
    {
        var entry = SetManifest.Load(Folder).Single(static entry => entry.Name == "retrieval-scenes-long");
        var captions = Read("retrieval-scenes-long/dataset.json")["images"]!.AsArray().Select(static image => (string)image!["sentences"]![0]!["raw"]!).ToList();
        Assert.InRange(entry.MaxTokens, captions.Max(static caption => 3 * caption.Split(' ').Length / 2), int.MaxValue);
    }

    [Fact]
    public void Winograd_captions_are_the_same_words_in_another_order()
    {
        var lines = Lines("winoground-scenes/examples.jsonl");
        Assert.Equal(10, lines.Count);
        Assert.All(lines, line =>
        {
            Assert.Equal(Words(line["caption_0"]), Words(line["caption_1"]));
            Assert.NotEqual((string)line["caption_0"]!, (string)line["caption_1"]!);
            Assert.True(File.Exists(Path.Combine(Folder, "winoground-scenes", "images", (string)line["image_1"]! + ".png")));
        });
        Assert.Equal(2, lines.Select(static line => (string)line["tag"]!).Distinct().Count());
    }

    [Fact]
    public void Stories_have_a_sentence_for_every_picture_in_order()
    {
        var json = Read("stories/stories.json");
        var images = json["images"]!.AsArray().Select(static image => (string)image!["id"]!).ToList();
        var steps = json["annotations"]!.AsArray().Select(static annotation => annotation![0]!).ToList();
        Assert.Equal(images, steps.Select(static step => (string)step["photo_flickr_id"]!));
        Assert.All(steps.GroupBy(static step => (string)step["story_id"]!), static story =>
        {
            Assert.InRange(story.Count(), 3, 6);
            Assert.Equal(Enumerable.Range(0, story.Count()), story.Select(static step => (int)step["worker_arranged_photo_order"]!));
        });
    }

    [Fact]
    public void Presence_is_answered_yes_as_often_as_no()
    {
        var labels = Lines("pope-scenes/questions.jsonl").Select(static line => (string)line["label"]!).ToList();
        Assert.Equal(labels.Count(static label => label == "yes"), labels.Count(static label => label == "no"));
    }

    // The article changes with the noun behind it.
    private static IEnumerable<string> Words(JsonNode? caption) => ((string)caption!).Replace(",", "", StringComparison.Ordinal).Split(' ').Select(static word => word == "an" ? "a" : word).Order();

    private JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!;

    private List<JsonNode> Lines(string file) => [.. File.ReadLines(Path.Combine(Folder, file)).Select(static line => JsonNode.Parse(line)!)];
}
