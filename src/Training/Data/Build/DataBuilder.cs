using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Emoji.Import;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Data.Manuals;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Build;

/// <summary>Makes a data folder. The same sources and seed give the same files, byte by byte.</summary>
/// <param name="folder">Made if it is not there; its files are replaced.</param>
public sealed class DataBuilder(string folder, ulong seed)
{
    internal EvaluationSizes Sizes { get; init; } = new();

    /// <summary>Reads the unpacked packages, rasterises their drawings and builds.</summary>
    /// <exception cref="DataException">A source or the rasteriser is missing.</exception>
    public async Task<BuildSummary> BuildAsync(string sources, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var imported = EmojiPackages.Read(sources);
        IconArt[] drawings = [.. imported.SelectMany(static concept => concept.Art).OfType<IconArt>()];
        var sprites = await new Rasteriser().DrawAsync(drawings, Step(progress, "pictures", drawings.Length), cancellationToken);

        var next = 0;
        var drawn = new List<DrawnConcept>();
        foreach (var concept in imported)
        {
            byte[]?[] own = [.. concept.Art.Select(art => art is null ? null : sprites[next++])];
            drawn.Add(new DrawnConcept(concept.Id, concept.Label, concept.Tags, concept.Group, own));
        }

        var manuals = await ManualBuilder.BuildAsync(sources, folder, seed, Words(progress, "manuals"), cancellationToken);
        return Build(drawn, manuals.Evaluations, progress, cancellationToken);
    }

    /// <summary>Builds from concepts that are drawn already, without manuals.</summary>
    public BuildSummary Build(IReadOnlyList<DrawnConcept> drawn, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Build(drawn, [], progress, cancellationToken);

    private BuildSummary Build(
        IReadOnlyList<DrawnConcept> drawn, IReadOnlyList<EvaluationEntry> manuals, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var (catalogue, sprites, nearDuplicates) = CatalogueBuilder.Build(drawn, seed);
        SpriteAtlas.Write(folder, sprites);
        catalogue.Write(folder);
        Licences.Write(folder);

        using var atlas = SpriteAtlas.Open(folder);
        var kit = new SceneKit(catalogue, atlas);
        var evaluation = Path.Combine(folder, EvaluationBuilder.Folder);
        var sets = new EvaluationBuilder(kit, evaluation, Sizes).WriteSets(Step(progress, "evaluation sets", 100), cancellationToken);
        EvaluationBuilder.WriteManifest(evaluation, [.. sets.Select(static set => set.Entry), .. manuals]);

        EvaluationSet[] all = [.. sets, .. manuals.Select(entry => new EvaluationSet(entry, Pictures(evaluation, entry)))];
        var summary = Summarise(catalogue, kit.World, nearDuplicates, all);
        new DataReport(folder, kit).Write(summary);
        return summary;
    }

    private static BuildSummary Summarise(Catalogue catalogue, SceneWorld world, int nearDuplicates, IReadOnlyList<EvaluationSet> sets)
    {
        var pairs = from left in Enumerable.Range(0, world.Things.Count)
                    from right in Enumerable.Range(0, left)
                    select world.SplitOf(world.Things[left], world.Things[right]);
        var count = world.Things.Count * (world.Things.Count - 1) / 2;
        return new BuildSummary(
            Counts(catalogue, static _ => 1),
            Counts(catalogue, static concept => concept.Sprites.Count(static sprite => sprite >= 0)),
            nearDuplicates,
            world.Things.Count,
            world.UnseenThings.Count,
            count,
            pairs.Count(static split => split != DataSplit.Train),
            [.. sets.Select(static set => KeyValuePair.Create(set.Entry.Name, set.Pictures))]);
    }

    private static Dictionary<DataSplit, int> Counts(Catalogue catalogue, Func<Concept, int> count) =>
        Enum.GetValues<DataSplit>().ToDictionary(static split => split, split => catalogue.Concepts.Where(concept => concept.Split == split).Sum(count));

    private static int Pictures(string evaluation, EvaluationEntry entry)
    {
        var images = Path.Combine(evaluation, entry.Images);
        return Directory.Exists(images) ? Directory.EnumerateFiles(images, "*.png", SearchOption.AllDirectories).Count() : 0;
    }

    private static StageWords? Words(IProgress<BuildProgress>? progress, string stage) => progress is null ? null : new StageWords(progress, stage);

    private static StageProgress? Step(IProgress<BuildProgress>? progress, string stage, int total) =>
        progress is null ? null : new StageProgress(progress, stage, total);

    private sealed class StageProgress(IProgress<BuildProgress> progress, string stage, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new BuildProgress(stage, value, total));
    }

    /// <summary>A stage that tells what it does, not how much is left: as many steps done as things said, one of them always ahead.</summary>
    private sealed class StageWords(IProgress<BuildProgress> progress, string stage) : IProgress<string>
    {
        private int said;

        public void Report(string value) => progress.Report(new BuildProgress(stage, ++said, said + 1));
    }
}
