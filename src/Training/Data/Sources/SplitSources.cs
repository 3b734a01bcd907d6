using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Sources;

/// <summary>The picture sources of one split.</summary>
internal sealed class SplitSources
{
    // What a sequence's views are: index i is view i % 3 of story i / 3.
    private const ulong Views = 3;

    /// <summary>Of an interview: a picture costs as much as a dozen short turns.</summary>
    private const int Turns = 4;

    private static readonly SceneShape[] Shapes =
        [SceneShape.Single, SceneShape.Pair, SceneShape.Pair, SceneShape.Pair, SceneShape.Triple, SceneShape.Triple, SceneShape.Quad, SceneShape.Count, SceneShape.MixedCount];

    // The first is what an evaluation asks for captions with.
    private static readonly string[] DescribeScene = ["Describe the picture.", "Describe the picture.", "What does the picture show?", "What can be seen?", "Describe what you see in detail."];

    private static readonly string[] DescribeThing = ["Describe the picture.", "What is this?", "What does the picture show?", "Name it and what it stands for."];

    private readonly SceneKit kit;
    private readonly DataSplit split;
    private readonly int[] concepts;

    public SplitSources(SceneKit kit, DataSplit split)
    {
        this.kit = kit;
        this.split = split;
        concepts = [.. Enumerable.Range(0, kit.Catalogue.Concepts.Count).Where(i => kit.Catalogue.Concepts[i].Split == split)];
        var regions = new RegionSources(kit, split, concepts);
        Regions = Named<RegionSample>(("scenes", (ref dice, _) => regions.Scene(ref dice)), ("mosaics", (ref dice, _) => regions.Mosaic(ref dice)));
        Pairs = Named<PairGroup>(("scenes", ScenePairs), ("order", OrderPairs), ("order-told", ToldPairs), ("emoji", EmojiPairs));
        Captions = Named<CaptionSample>(("scenes", SceneCaption), ("emoji", EmojiCaption));
        Dialogues = Named<DialogueSample>(("scene-questions", SceneQuestion), ("scene-interviews", SceneInterview), ("scene-checks", SceneCheck), ("descriptions", Description));
        Parts = Named<PartsSample>(("stories", StoryParts));
        Sequences = Named<SequenceSample>(("stories", Story));
    }

    public IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions { get; }

    public IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs { get; }

    public IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions { get; }

    public IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues { get; }

    public IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts { get; }

    public IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences { get; }

    private Dictionary<string, ISampleSource<TSample>> Named<TSample>(params (string Name, SampleSource<TSample>.Maker Make)[] sources) =>
        sources.ToDictionary(
            static source => source.Name,
            ISampleSource<TSample> (source) => new SampleSource<TSample>(source.Name, kit.Catalogue.Seed, split, source.Make),
            StringComparer.Ordinal);

    private PairGroup ScenePairs(ref Dice dice, ulong index) => Shown(kit.Groups.Draw(ref dice, split));

    private PairGroup OrderPairs(ref Dice dice, ulong index) => Shown(kit.Groups.Draw(ref dice, split, SceneGroupMix.Order));

    private PairGroup ToldPairs(ref Dice dice, ulong index) => new(
    [
        .. kit.Groups.DrawTold(ref dice, split, SceneGroupMix.Order).Select(static told => new ContentPair(Content.Of(told.One), Content.Of(told.Other))),
    ]);

    private PairGroup Shown(IEnumerable<(SceneGraph Scene, string Caption)> group) => new(
    [
        .. group.Select(member => new ContentPair(Content.Of(kit.Canvas.Draw(member.Scene)), Content.Of(member.Caption))),
    ]);

    private PairGroup EmojiPairs(ref Dice dice, ulong index)
    {
        var (concept, picture) = Emoji(ref dice);
        return new PairGroup([new ContentPair(Content.Of(picture), Content.Of(EmojiWriter.Short(concept, ref dice)))]);
    }

    private CaptionSample SceneCaption(ref Dice dice, ulong index)
    {
        var scene = kit.Composer.Draw(ref dice, split, dice.Pick(Shapes));
        return new CaptionSample(Content.Of(kit.Canvas.Draw(scene)), kit.Long.Write(scene, ref dice));
    }

    private CaptionSample EmojiCaption(ref Dice dice, ulong index)
    {
        var (concept, picture) = Emoji(ref dice);
        return new CaptionSample(Content.Of(picture), EmojiWriter.Long(concept, ref dice));
    }

    private DialogueSample SceneQuestion(ref Dice dice, ulong index)
    {
        var scene = kit.Composer.Draw(ref dice, split, dice.Pick(Shapes));
        return Asked(scene, kit.Questions.Ask(scene, ref dice));
    }

    private DialogueSample SceneInterview(ref Dice dice, ulong index)
    {
        var scene = kit.Composer.Draw(ref dice, split, dice.Pick(Shapes));
        var asked = new List<(string Question, string Answer)>();
        // A scene of one thing allows few questions; each is asked once.
        for (var tries = 0; asked.Count < Turns && tries < 4 * Turns; tries++)
        {
            var next = kit.Questions.Ask(scene, ref dice);
            if (!asked.Any(before => before.Question == next.Question))
                asked.Add(next);
        }

        return Asked(scene, asked[0]) with { Further = asked[1..] };
    }

    private DialogueSample SceneCheck(ref Dice dice, ulong index)
    {
        var scene = kit.Composer.Draw(ref dice, split, dice.Pick(Shapes));
        return Asked(scene, kit.Questions.AskPresence(scene, dice.Chance(0.5), ref dice));
    }

    private DialogueSample Asked(SceneGraph scene, (string Question, string Answer) asked)
    {
        var (question, answer) = asked;
        return new DialogueSample([], new Content([new PictureContent(kit.Canvas.Draw(scene)), new TextContent(question)]), answer);
    }

    private DialogueSample Description(ref Dice dice, ulong index)
    {
        var isScene = dice.Chance(0.7);
        var sample = isScene ? SceneCaption(ref dice, index) : EmojiCaption(ref dice, index);
        return new DialogueSample([], new Content([.. sample.Content.Parts, new TextContent(dice.Pick(isScene ? DescribeScene : DescribeThing))]), sample.Caption);
    }

    private SequenceSample Story(ref Dice dice, ulong index)
    {
        var story = index / Views;
        var own = new Dice(kit.Catalogue.Seed, $"story {split}", story);
        var steps = kit.Stories.Tell(ref own, split);
        var wording = new Wording(own.Next(), SceneAspects.All);
        var parts = new List<SequencePart>();
        foreach (var step in steps)
        {
            var knowledge = kit.Knowledge.Of(step);
            if (index % Views != 1)
                parts.Add(new SequencePart(new PictureContent(kit.Canvas.Draw(step)), knowledge));
            if (index % Views != 0)
                parts.Add(new SequencePart(new TextContent(kit.Short.Write(step, wording)), knowledge));
        }

        return new SequenceSample($"stories/{split}/{story}", parts);
    }

    /// <summary>A story shown, told, and both; a step shown alone and a step told alone.</summary>
    private PartsSample StoryParts(ref Dice dice, ulong index)
    {
        var steps = kit.Stories.Tell(ref dice, split);
        var (told, both, alone) = (new Wording(dice.Next(), SceneAspects.All), new Wording(dice.Next(), SceneAspects.All), new Wording(dice.Next(), SceneAspects.All));
        NamedPart[] pictures = [.. steps.Select((step, i) => new NamedPart(new PictureContent(kit.Canvas.Draw(step)), i))];
        var pictureFirst = dice.Chance(0.5);
        var (shownStep, toldStep) = (dice.Next(steps.Length), dice.Next(steps.Length));
        return new PartsSample(
        [
            pictures,
            [.. steps.Select((step, i) => Told(step, i, told))],
            [.. steps.SelectMany((step, i) => pictureFirst ? (NamedPart[])[pictures[i], Told(step, i, both)] : [Told(step, i, both), pictures[i]])],
            [pictures[shownStep]],
            [Told(steps[toldStep], toldStep, alone)],
        ]);
    }

    private NamedPart Told(SceneGraph step, int number, Wording wording) => new(new TextContent(kit.Short.Write(step, wording)), number);

    private (Concept Concept, Picture Picture) Emoji(ref Dice dice)
    {
        var concept = kit.Catalogue.Concepts[dice.Pick(concepts)];
        var sprite = dice.Pick([.. concept.Sprites.Where(static sprite => sprite >= 0)]);
        return (concept, kit.Canvas.DrawAlone(sprite, dice.Next(Backgrounds.Count), dice.Next()));
    }
}
