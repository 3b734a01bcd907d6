using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Training.Data.Manuals;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Build;
using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data;

/// <summary>A data folder with manuals that is built again.</summary>
public sealed class RebuildTests : IDisposable
{
    private readonly TemporaryFolder sources = new();
    private readonly TemporaryFolder output = new();

    public RebuildTests() => ManualSourcesFolder.Write(sources);

    public void Dispose()
    {
        sources.Dispose();
        output.Dispose();
    }

    [Theory]
    [InlineData("debian-handbook")]
    [InlineData("wordnet-base/usr/share/wordnet/data.verb")]
    public async Task A_build_that_lacks_a_source_leaves_what_was_there(string missing)
    {
        await BuildAsync(output.Path, 7);
        var before = BuildTests.Hashes(output.Path);
        var path = Path.Combine(sources.Path, missing);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);

        var error = await Assert.ThrowsAsync<DataException>(() => BuildAsync(output.Path, 8));
        Assert.Contains("deploy/manuals.sh", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, BuildTests.Hashes(output.Path));
    }

    [Fact]
    public async Task A_build_that_is_stopped_leaves_no_list_of_sets_that_are_not_whole()
    {
        await BuildAsync(output.Path, 7);
        using var stop = new CancellationTokenSource();

        // The manuals are in their place, their evaluation sets are next.
        var stopper = new Watch(progress =>
        {
            if (progress.Stage == "manuals" && progress.Done == Manual.All.Count + 1)
                stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BuildAsync(output.Path, 7, stopper, stop.Token));

        Assert.False(File.Exists(Path.Combine(output.Path, "eval", "manifest.json")));
        using (var data = TrainingData.Open(output.Path))
            Assert.Contains("manuals", data.Dialogues(DataSplit.Train).Keys);

        // What it left is no part of the next one.
        await BuildAsync(output.Path, 7);
        using var fresh = new TemporaryFolder();
        await BuildAsync(fresh.Path, 7);
        Assert.Equal(BuildTests.Hashes(fresh.Path), BuildTests.Hashes(output.Path));
    }

    [Fact]
    public async Task A_build_without_manuals_leaves_nothing_of_an_earlier_one_with_them()
    {
        await BuildAsync(output.Path, 7);
        var licences = await File.ReadAllTextAsync(Path.Combine(output.Path, "LICENCES.md"));
        Assert.All(Manual.All, manual => Assert.Contains($"| {manual.Package} | {manual.Licence} |", licences, StringComparison.Ordinal));
        Assert.Contains("`validation/`, `eval/manual-questions/` and `eval/retrieval-figures/`", licences, StringComparison.Ordinal);

        TinyData.Build(output.Path, 7);
        using var fresh = new TemporaryFolder();
        TinyData.Build(fresh.Path, 7);
        Assert.Equal(BuildTests.Hashes(fresh.Path), BuildTests.Hashes(output.Path));
    }

    private Task<BuildSummary> BuildAsync(string folder, ulong seed, IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default) =>
        TinyData.Builder(folder, seed).BuildAsync(FakeEmoji.Concepts(), sources.Path, progress, cancellationToken);

    /// <summary>Told at once, on the thread that builds.</summary>
    private sealed class Watch(Action<BuildProgress> told) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => told(value);
    }
}
