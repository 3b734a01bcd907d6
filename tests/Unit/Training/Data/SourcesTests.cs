using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Tests.Unit.Training.Data;

[Collection(nameof(TinyData))]
public sealed class SourcesTests(TinyData data)
{
    private const int Samples = 60;

    public static TheoryData<DataSplit> Splits => [.. Enum.GetValues<DataSplit>()];

    [Theory, MemberData(nameof(Splits))]
    public void A_sample_is_a_function_of_its_index_alone(DataSplit split)
    {
        using var first = TrainingData.Open(data.Folder);
        using var second = TrainingData.Open(data.Folder);
        foreach (var (name, get) in Sources(first, split))
        {
            string[] inOrder = [.. Enumerable.Range(0, Samples).Select(i => get((ulong)i))];
            Assert.True(inOrder.Distinct().Count() > Samples / 2, $"{name} repeats itself");

            var again = Sources(second, split)[name];
            var fromThreads = new ConcurrentDictionary<int, string>();
            Parallel.For(0, Samples, i => fromThreads[Samples - 1 - i] = again((ulong)(Samples - 1 - i)));
            Assert.Equal(inOrder, Enumerable.Range(0, Samples).Select(i => fromThreads[i]));
        }
    }

    [Fact]
    public void Every_source_is_there_in_every_split_and_named_as_recipes_name_it()
    {
        using var opened = TrainingData.Open(data.Folder);
        foreach (var split in Enum.GetValues<DataSplit>())
        {
            Assert.Equal(["mosaics", "scenes"], opened.Regions(split).Keys.Order());
            Assert.Equal(["emoji", "order", "order-told", "scenes"], opened.Pairs(split).Keys.Order());
            Assert.Equal(["emoji", "scenes"], opened.Captions(split).Keys.Order());
            Assert.Equal(["stories"], opened.Sequences(split).Keys);
            Assert.Equal(["stories"], opened.Parts(split).Keys);
            Assert.Equal(["descriptions", "scene-checks", "scene-interviews", "scene-questions"], opened.Dialogues(split).Keys.Order());
            Assert.All(opened.Pairs(split), static entry => Assert.Equal(entry.Key, entry.Value.Name));
        }

        Assert.Equal((128, 96), (opened.PictureSide, opened.KnowledgeDimension));
        Assert.Equal(64, opened.Fingerprint.Length);
    }

    [Fact]
    public void Splits_share_no_sample()
    {
        using var opened = TrainingData.Open(data.Folder);
        var seen = new HashSet<string>();
        foreach (var split in Enum.GetValues<DataSplit>())
        {
            foreach (var (name, get) in Sources(opened, split))
            {
                for (var i = 0; i < Samples; i++)
                    Assert.True(seen.Add($"{split} {name}") || i > 0);
                Assert.DoesNotContain(get(0), seen);
                seen.Add(get(0));
            }
        }
    }

    [Fact]
    public void Views_of_a_story_show_and_tell_the_same_steps()
    {
        using var opened = TrainingData.Open(data.Folder);
        var stories = opened.Sequences(DataSplit.Train)["stories"];
        for (var story = 0UL; story < 50; story++)
        {
            var (shown, told, both) = (stories.Get(story * 3), stories.Get((story * 3) + 1), stories.Get((story * 3) + 2));
            Assert.Equal(shown.Key, told.Key);
            Assert.Equal(shown.Key, both.Key);
            Assert.InRange(shown.Parts.Count, 3, 6);
            Assert.All(shown.Parts, static part => Assert.IsType<PictureContent>(part.Part));
            Assert.All(told.Parts, static part => Assert.IsType<TextContent>(part.Part));
            Assert.Equal(shown.Parts.Select(Knowledge), told.Parts.Select(Knowledge));
            Assert.Equal(shown.Parts.SelectMany(static part => new[] { Knowledge(part), Knowledge(part) }), both.Parts.Select(Knowledge));
            Assert.Equal(shown.Parts.Count, shown.Parts.Select(Knowledge).Distinct().Count());
        }

        Assert.NotEqual(stories.Get(0).Key, stories.Get(3).Key);
        Assert.NotEqual(stories.Get(0).Key, opened.Sequences(DataSplit.Test)["stories"].Get(0).Key);
    }

    [Fact]
    public void Knowledge_is_a_unit_vector_of_the_graph_alone_and_near_for_scenes_that_share_facts()
    {
        var dice = new Dice(1, "knowledge", 0);
        var scene = data.Kit.Composer.Draw(ref dice, DataSplit.Train, SceneShape.Triple);
        var reordered = scene with { Objects = [.. scene.Objects.Reverse()], Look = 1 };
        var background = scene with { Background = (scene.Background + 1) % Backgrounds.Count };
        var other = data.Kit.Composer.Draw(ref dice, DataSplit.Train, SceneShape.Triple);

        Assert.Equal(1, Cosine(scene, scene), 1e-5);
        Assert.Equal(1, Cosine(scene, reordered), 1e-5);
        Assert.InRange(Cosine(scene, background), 0.6, 0.98);
        Assert.InRange(Cosine(scene, other), -0.4, 0.55);
    }

    [Fact]
    public void Parts_of_a_story_mean_the_same_where_they_show_and_tell_the_same_step()
    {
        using var opened = TrainingData.Open(data.Folder);
        for (var i = 0UL; i < 30; i++)
        {
            var views = opened.Parts(DataSplit.Train)["stories"].Get(i).Views;
            var steps = Enumerable.Range(0, views[0].Count).ToArray();
            Assert.Equal(steps, views[0].Select(static part => part.Meaning));
            Assert.Equal(steps, views[1].Select(static part => part.Meaning));
            Assert.Equal(steps, views[2].Select(static part => part.Meaning).Distinct());
            Assert.All(views[0], static part => Assert.IsType<PictureContent>(part.Part));
            Assert.All(views[1], static part => Assert.IsType<TextContent>(part.Part));
            var alone = Assert.Single(views[3]);
            Assert.Same(views[0][alone.Meaning].Part, alone.Part);
            Assert.IsType<TextContent>(Assert.Single(views[4]).Part);
        }
    }

    [Theory]
    [InlineData("scenes")]
    [InlineData("mosaics")]
    public void Outside_its_regions_a_picture_shows_its_background_only(string source)
    {
        // Shade and texture together change a channel by less than this.
        const int Shade = 20;
        using var opened = TrainingData.Open(data.Folder);
        var inside = 0;
        for (var i = 0UL; i < Samples; i++)
        {
            var sample = opened.Regions(DataSplit.Train)[source].Get(i);
            var (red, green, blue) = Backgrounds.Colours[Backgrounds.Names.ToList().IndexOf(sample.Elsewhere!)];
            var side = sample.Picture.Side;
            var rgb = sample.Picture.Rgb.Span;
            for (var pixel = 0; pixel < side * side; pixel++)
            {
                var (x, y) = (pixel % side, pixel / side);
                var isBackground = Math.Abs(rgb[3 * pixel] - red) < Shade && Math.Abs(rgb[(3 * pixel) + 1] - green) < Shade && Math.Abs(rgb[(3 * pixel) + 2] - blue) < Shade;
                if (isBackground)
                    continue;
                Assert.Contains(sample.Regions, region => x >= region.Left && x < region.Right && y >= region.Top && y < region.Bottom);
                inside++;
            }

            Assert.All(sample.Regions, region => Assert.Contains(data.Kit.Catalogue.Concepts, concept => region.Text == (concept.Scene?.Singular ?? concept.Label)));
        }

        Assert.True(inside > 0);
    }

    [Fact]
    public void A_short_caption_of_an_emoji_names_it()
    {
        using var opened = TrainingData.Open(data.Folder);
        var labels = data.Kit.Catalogue.Concepts.Where(static concept => concept.Split == DataSplit.Test).Select(static concept => concept.Label).ToList();
        for (var i = 0UL; i < Samples; i++)
        {
            var caption = Text(opened.Pairs(DataSplit.Test)["emoji"].Get(i).Pairs.Single().Right);
            Assert.Contains(labels, label => caption.Contains(label, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Checks_ask_for_what_is_there_as_often_as_for_what_is_not()
    {
        using var opened = TrainingData.Open(data.Folder);
        var checks = opened.Dialogues(DataSplit.Train)["scene-checks"];
        var samples = Enumerable.Range(0, 400).Select(i => checks.Get((ulong)i)).ToList();

        Assert.All(samples, static sample => Assert.Contains(sample.Answer, (string[])["yes", "no"]));
        Assert.InRange(samples.Count(static sample => sample.Answer == "yes"), 160, 240);
        Assert.All(samples, static sample => Assert.IsType<PictureContent>(sample.Question.Parts[0]));
    }

    [Fact]
    public void Interviews_ask_several_things_about_one_scene_and_nothing_twice()
    {
        using var opened = TrainingData.Open(data.Folder);
        var interviews = opened.Dialogues(DataSplit.Train)["scene-interviews"];
        var samples = Enumerable.Range(0, 100).Select(i => interviews.Get((ulong)i)).ToList();

        Assert.All(samples, static sample =>
        {
            string[] questions = [((TextContent)sample.Question.Parts[1]).Text, .. sample.Further.Select(static turn => turn.Question)];
            Assert.Equal(questions, questions.Distinct());
            Assert.InRange(questions.Length, 2, 4);
        });
        Assert.True(samples.Count(static sample => sample.Further.Count == 3) > 80);
    }

    private double Cosine(SceneGraph left, SceneGraph right) => data.Kit.Knowledge.Of(left).Zip(data.Kit.Knowledge.Of(right)).Sum(static pair => pair.First * pair.Second);

    private static string Knowledge(SequencePart part) => Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(part.Knowledge.Span));

    private static Dictionary<string, Func<ulong, string>> Sources(TrainingData opened, DataSplit split)
    {
        var sources = new Dictionary<string, Func<ulong, string>>();
        foreach (var (name, source) in opened.Regions(split))
            sources.Add("regions " + name, index => Key([new PictureContent(source.Get(index).Picture), .. source.Get(index).Regions.Select(static region => new TextContent(region.ToString()))]));
        foreach (var (name, source) in opened.Pairs(split))
            sources.Add("pairs " + name, index => Key(source.Get(index).Pairs.SelectMany(static pair => pair.Left.Parts.Concat(pair.Right.Parts))));
        foreach (var (name, source) in opened.Captions(split))
            sources.Add("captions " + name, index => Key([.. source.Get(index).Content.Parts, new TextContent(source.Get(index).Caption)]));
        foreach (var (name, source) in opened.Sequences(split))
            sources.Add("sequences " + name, index => source.Get(index).Key + Key(source.Get(index).Parts.Select(static part => part.Part)));
        foreach (var (name, source) in opened.Parts(split))
            sources.Add("parts " + name, index => Key(source.Get(index).Views.SelectMany(static view => view.Select(static part => part.Part))));
        foreach (var (name, source) in opened.Dialogues(split))
            sources.Add("dialogues " + name, index => Key([.. source.Get(index).Question.Parts, new TextContent(source.Get(index).Answer)]));
        return sources;
    }

    private static string Key(IEnumerable<ContentPart> parts)
    {
        var key = new StringBuilder();
        foreach (var part in parts)
            key.Append(part is TextContent text ? text.Text : Convert.ToHexString(SHA256.HashData(((PictureContent)part).Picture.Rgb.Span))).Append('|');
        return key.ToString();
    }

    private static string Text(Content content) => content.Parts.OfType<TextContent>().Single().Text;
}
