using UnifiedVlm.Training;
using UnifiedVlm.Training.Loop;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void A_checkpoint_that_a_kill_cut_off_is_not_taken_up()
    {
        var recipe = TrainingRun.Recipe("""{ "documents": { "tokens": 32 } }""", "steps=4", "checkpoint_every=2");
        run.Train(recipe, stopAfter: 2);
        var root = Path.Combine(run.Output, "checkpoint");

        // Killed while the next one was written: half a file, the pointer still at the old one.
        var torn = Directory.CreateDirectory(Path.Combine(root, "step-00000004")).FullName;
        File.WriteAllBytes(Path.Combine(torn, "model.safetensors"), new byte[100]);
        Assert.Equal("step-00000002", Path.GetFileName(new CheckpointStore(run.Output).Current));

        Assert.Equal([3, 4], run.Train(recipe, resume: true).Steps.Select(static s => s.Step));
        Assert.Equal([torn], Directory.GetDirectories(root));
        Assert.True(new FileInfo(Path.Combine(torn, "model.safetensors")).Length > 100);
    }

    [Fact]
    public void A_kill_before_the_old_checkpoint_goes_leaves_the_new_one()
    {
        var recipe = TrainingRun.Recipe("""{ "documents": { "tokens": 32 } }""", "steps=4", "checkpoint_every=1");
        run.Train(recipe, stopAfter: 2);
        var root = Path.Combine(run.Output, "checkpoint");
        Directory.CreateDirectory(Path.Combine(root, "step-00000001"));

        Assert.Equal(3, run.Train(recipe, resume: true, stopAfter: 3).Steps.Single().Step);
        Assert.Equal("step-00000003", Path.GetFileName(Assert.Single(Directory.GetDirectories(root))));
    }

    [Fact]
    public void A_folder_is_replaced_as_a_whole()
    {
        var folder = Path.Combine(run.Output, "best");
        void Write(string text) => FolderSwap.Write(folder, next =>
        {
            Directory.CreateDirectory(next);
            File.WriteAllText(Path.Combine(next, "a"), text);
        });
        Write("old");
        Directory.Move(folder, folder + ".previous");
        FolderSwap.Recover(folder);
        Assert.Equal("old", File.ReadAllText(Path.Combine(folder, "a")));

        Write("new");
        Assert.Equal("new", File.ReadAllText(Path.Combine(folder, "a")));
        Assert.Equal([folder], Directory.GetDirectories(run.Output));
    }
}
