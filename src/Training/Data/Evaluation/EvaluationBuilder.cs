using System.Text.Json;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>
/// Writes the evaluation sets of the test split below <c>eval/</c>, in the formats that public benchmarks come in, so that one loader reads
/// ours and theirs. Two things that share a scene here have never shared one in training.
/// </summary>
internal sealed class EvaluationBuilder(SceneKit kit, string folder, EvaluationSizes sizes)
{
    public const string Folder = "eval";

    public const string ManifestName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes the sets and returns their entries; <see cref="WriteManifest"/> then lists them with those of other builders.</summary>
    public IReadOnlyList<EvaluationSet> WriteSets(IProgress<int>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        RemoveManifest(folder);
        var retrieval = new RetrievalSets(kit);
        var hardNegatives = new HardNegativeSets(kit);
        var parts = new List<Func<IEnumerable<EvaluationSet>>>
        {
            () => [retrieval.WriteScenes(In("retrieval-scenes"), sizes.Retrieval, longCaptions: false)],
            () => [retrieval.WriteScenes(In("retrieval-scenes-long"), sizes.Retrieval, longCaptions: true)],
            () => retrieval.WriteUnseen(In),
            () => [hardNegatives.Write(In("hard-negatives-two-objects"), 2, sizes.HardNegatives)],
            () => [hardNegatives.Write(In("hard-negatives-three-objects"), 3, sizes.CrowdedHardNegatives)],
            () => [hardNegatives.Write(In("hard-negatives-four-objects"), 4, sizes.CrowdedHardNegatives)],
            () => [new WinogroundSet(kit).Write(In("winoground-scenes"), sizes.Winoground)],
            () => [new StorySet(kit).Write(In("stories"), sizes.Stories)],
            () => [new QuestionSets(kit).WritePresence(In("pope-scenes"), sizes.Presence)],
            () => [new QuestionSets(kit).WriteQuestions(In("scene-questions"), sizes.Questions)],
        };
        var sets = new List<EvaluationSet>();
        for (var i = 0; i < parts.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sets.AddRange(parts[i]());
            progress?.Report((100 * (i + 1)) / parts.Count);
        }

        return sets;
    }

    /// <summary>Before anything of the sets changes: where a manifest is, they are whole.</summary>
    public static void RemoveManifest(string folder)
    {
        if (Directory.Exists(folder))
            File.Delete(Path.Combine(folder, ManifestName));
    }

    public static void WriteManifest(string folder, IEnumerable<EvaluationEntry> entries) =>
        AtomicFile.Write(Path.Combine(folder, ManifestName), stream => JsonSerializer.Serialize(stream, entries, Json));

    private EvaluationFolder In(string name) => new(folder, name);
}
