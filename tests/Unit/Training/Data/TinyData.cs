using UnifiedVlm.Training.Data.Build;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Tests.Unit.Training.Data;

/// <summary>A data folder built from <see cref="FakeEmoji"/>, small, once for all tests that only read it.</summary>
[CollectionDefinition(nameof(TinyData))]
public sealed class TinyData : ICollectionFixture<TinyData>, IDisposable
{
    private readonly SpriteAtlas atlas;

    public TinyData()
    {
        Build(Folder, 7);
        var catalogue = Catalogue.Read(Folder);
        atlas = SpriteAtlas.Open(Folder);
        Kit = new SceneKit(catalogue, atlas);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("uvlm-data-").FullName;

    internal SceneKit Kit { get; }

    internal static BuildSummary Build(string folder, ulong seed) => Builder(folder, seed).Build(FakeEmoji.Concepts());

    internal static DataBuilder Builder(string folder, ulong seed) => new(folder, seed)
    {
        Sizes = new EvaluationSizes { Retrieval = 20, HardNegatives = 20, CrowdedHardNegatives = 10, Winoground = 10, Stories = 6, Presence = 20, Questions = 20 },
    };

    public void Dispose()
    {
        atlas.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
