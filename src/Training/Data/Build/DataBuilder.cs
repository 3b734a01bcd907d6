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
    /// <param name="withManuals">False leaves the manuals out, and removes those of an earlier build.</param>
    /// <exception cref="DataException">A source or the rasteriser is missing; what an earlier build has made is as it was.</exception>
    public async Task<BuildSummary> BuildAsync(string sources, bool withManuals, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var imported = EmojiPackages.Read(sources);
        if (withManuals)
            ManualBuilder.CheckSources(sources);
        IconArt[] drawings = [.. imported.SelectMany(static concept => concept.Art).OfType<IconArt>()];
        var sprites = await new Rasteriser().DrawAsync(drawings, Stage(progress, "emoji", drawings.Length), cancellationToken);

        var next = 0;
        var drawn = new List<DrawnConcept>();
        foreach (var concept in imported)
        {
            byte[]?[] own = [.. concept.Art.Select(art => art is null ? null : sprites[next++])];
            drawn.Add(new DrawnConcept(concept.Id, concept.Label, concept.Tags, concept.Group, own));
        }

        return withManuals ? await BuildAsync(drawn, sources, progress, cancellationToken) : Build(drawn, progress, cancellationToken);
    }

    /// <summary>Builds from concepts that are drawn already, without manuals.</summary>
    public BuildSummary Build(IReadOnlyList<DrawnConcept> drawn, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RemoveManuals();
        return Build(drawn, null, progress, cancellationToken);
    }

    /// <summary>Builds from concepts that are drawn already and the manuals below the sources' folder.</summary>
    /// <exception cref="DataException">A manual is missing; what an earlier build has made is as it was.</exception>
    internal async Task<BuildSummary> BuildAsync(IReadOnlyList<DrawnConcept> drawn, string sources, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var manuals = await ManualBuilder.BuildAsync(sources, folder, seed, progress is null ? null : new ManualProgress(progress), cancellationToken);
        return Build(drawn, manuals, progress, cancellationToken);
    }

    private BuildSummary Build(IReadOnlyList<DrawnConcept> drawn, ManualReport? manuals, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var (catalogue, sprites, nearDuplicates) = CatalogueBuilder.Build(drawn, seed);
        SpriteAtlas.Write(folder, sprites);
        catalogue.Write(folder);
        Licences.Write(folder, withManuals: manuals is not null);

        using var atlas = SpriteAtlas.Open(folder);
        var kit = new SceneKit(catalogue, atlas);
        var evaluation = Path.Combine(folder, EvaluationBuilder.Folder);
        var sets = new EvaluationBuilder(kit, evaluation, Sizes).WriteSets(Stage(progress, "evaluation sets", 100), cancellationToken);
        EvaluationBuilder.WriteManifest(evaluation, [.. sets.Select(static set => set.Entry), .. manuals?.Evaluations ?? []]);

        EvaluationSet[] all = [.. sets, .. (manuals?.Evaluations ?? []).Select(entry => new EvaluationSet(entry, PicturesOf(evaluation, entry)))];
        var summary = Summarise(catalogue, kit.World, nearDuplicates, manuals, all);
        using var data = TrainingData.Open(folder);
        new DataReport(folder, kit, data).Write(summary);
        return summary;
    }

    private void RemoveManuals()
    {
        var evaluation = Path.Combine(folder, EvaluationBuilder.Folder);
        EvaluationBuilder.RemoveManifest(evaluation);
        foreach (var own in new[] { Path.Combine(folder, ManualFiles.Folder), Path.Combine(folder, ManualFiles.Validation) })
            FolderSwap.Remove(own);
        foreach (var set in new[] { ManualEvaluation.Questions, ManualEvaluation.Figures })
            FolderSwap.Remove(Path.Combine(evaluation, set));
    }

    private static BuildSummary Summarise(Catalogue catalogue, SceneWorld world, int nearDuplicates, ManualReport? manuals, IReadOnlyList<EvaluationSet> sets)
    {
        var pairs = from left in Enumerable.Range(0, world.Things.Count)
                    from right in Enumerable.Range(0, left)
                    select world.SplitOf(world.Things[left], world.Things[right]);
        return new BuildSummary(
            Counts(catalogue, static _ => 1),
            Counts(catalogue, static concept => concept.Sprites.Count(static sprite => sprite >= 0)),
            nearDuplicates,
            world.Things.Count,
            world.UnseenThings.Count,
            world.Things.Count * (world.Things.Count - 1) / 2,
            pairs.Count(static split => split != DataSplit.Train),
            Counts(manuals),
            [.. sets.Select(static set => KeyValuePair.Create(set.Entry.Name, set.Pictures))]);
    }

    private static Dictionary<DataSplit, int> Counts(Catalogue catalogue, Func<Concept, int> count) =>
        Enum.GetValues<DataSplit>().ToDictionary(static split => split, split => catalogue.Concepts.Where(concept => concept.Split == split).Sum(count));

    private static IReadOnlyList<KeyValuePair<string, int>> Counts(ManualReport? manuals) => manuals is null
        ? []
        :
        [
            .. manuals.Pages.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => KeyValuePair.Create("pages " + entry.Key, entry.Value)),
            .. manuals.Facts.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => KeyValuePair.Create("facts " + entry.Key, entry.Value)),
            KeyValuePair.Create("pictures", manuals.Pictures),
            KeyValuePair.Create("pictures left out for one like them in another split", manuals.NearDuplicates),
            KeyValuePair.Create("paragraphs left out for the same in training", manuals.SharedParagraphs),
            KeyValuePair.Create("glosses", manuals.Glosses),
        ];

    private static int PicturesOf(string evaluation, EvaluationEntry entry)
    {
        var images = Path.Combine(evaluation, entry.Images);
        return Directory.Exists(images) ? Directory.EnumerateFiles(images, "*.png", SearchOption.AllDirectories).Count() : 0;
    }

    private static StageProgress? Stage(IProgress<BuildProgress>? progress, string stage, int total) =>
        progress is null ? null : new StageProgress(progress, stage, total);

    private sealed class StageProgress(IProgress<BuildProgress> progress, string stage, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new BuildProgress(stage, value, total));
    }

    /// <summary>A message for each manual that is read, one for what they hold and one for what is written.</summary>
    private sealed class ManualProgress(IProgress<BuildProgress> progress) : IProgress<string>
    {
        private int done;

        public void Report(string value) => progress.Report(new BuildProgress("manuals", done++, Manual.All.Count + 2));
    }
}
