using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Emoji.Import;

namespace UnifiedVlm.Training.Data.Build;

/// <summary>Makes a data folder. The same sources and seed give the same files.</summary>
/// <param name="folder">Made if it is not there; its files are replaced.</param>
public sealed class DataBuilder(string folder, ulong seed)
{
    /// <summary>Reads the unpacked packages, rasterises their drawings and builds.</summary>
    /// <exception cref="DataException">A source or the rasteriser is missing.</exception>
    public async Task BuildAsync(string sources, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var imported = EmojiPackages.Read(sources);
        IconArt[] drawings = [.. imported.SelectMany(static concept => concept.Art).OfType<IconArt>()];
        var sprites = await new Rasteriser().DrawAsync(
            drawings, progress is null ? null : new Step(progress, "pictures", drawings.Length), cancellationToken);

        var next = 0;
        var drawn = new List<DrawnConcept>();
        foreach (var concept in imported)
        {
            byte[]?[] own = [.. concept.Art.Select(art => art is null ? null : sprites[next++])];
            drawn.Add(new DrawnConcept(concept.Id, concept.Label, concept.Tags, concept.Group, own));
        }

        Build(drawn, progress, cancellationToken);
    }

    /// <summary>Builds from concepts that are drawn already.</summary>
    public void Build(IReadOnlyList<DrawnConcept> drawn, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        var (catalogue, sprites, _) = CatalogueBuilder.Build(drawn, seed);
        SpriteAtlas.Write(folder, sprites);
        catalogue.Write(folder);
    }

    private sealed class Step(IProgress<BuildProgress> progress, string stage, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new BuildProgress(stage, value, total));
    }
}
