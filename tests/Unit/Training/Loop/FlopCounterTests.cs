using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Loop;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class FlopCounterTests : IDisposable
{
    private const string Pairs = """{ "pairs": { "groups": 2 } }""";

    private static readonly LearningParts Everything = new(Network: true, Vision: true, default, EncodesApart: false);
    private static readonly AdapterSize Factors = new(Vision: 1000, Projector: 100, Decoder: 2000);

    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void What_learns_costs_three_ways_what_lies_between_two_and_what_is_only_passed_one()
    {
        using var counted = new Counted(run, Pairs);
        var config = counted.Learner.Model.Network.Config;
        double patches = config.PatchesPerSide * config.PatchesPerSide, width = config.VitHiddenDim;
        var projector = 2 * patches * width * config.LmHiddenDim;
        var vision = 2 * patches * 3 * config.VitPatchSize * config.VitPatchSize * width
            + config.VitBlocks * patches * (2 * (4 * width * width + 2 * width * config.VitInterDim) + 4 * patches * width);
        var forward = counted.Of(Everything) / 3;

        // Head and soft prompts alone: nothing goes back into pictures.
        Assert.Equal(2 * forward - counted.Pictures * (vision + projector), counted.Of(Everything with { Network = false, Vision = false }), forward * 1e-9);

        // The projector is the first that learns.
        Assert.Equal(3 * forward - counted.Pictures * (2 * vision + projector), counted.Of(Everything with { Vision = false }), forward * 1e-9);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_adapter_costs_its_factors_three_ways_and_what_it_lies_beside_two(bool encodesApart)
    {
        using var counted = new Counted(run, Pairs);
        var config = counted.Learner.Model.Network.Config;
        var factors = 6.0 * (2000 * counted.Tokens + counted.Pictures * (1000 * config.PatchesPerSide * config.PatchesPerSide + 100 * config.ImageTokens));
        var forward = counted.Of(Everything) / 3;
        Assert.Equal(2 * forward + factors, counted.Of(new LearningParts(Network: encodesApart, Vision: encodesApart, Factors, encodesApart)), forward * 1e-9);
    }

    [Fact]
    public void What_is_generated_beside_an_encoding_adapter_costs_what_it_costs_without()
    {
        using var counted = new Counted(run, """{ "dialogues": { "batch": 4 }, "documents": { "tokens": 64 }, "regions": { "batch": 2 } }""");
        Assert.Equal(counted.Of(Everything), counted.Of(new LearningParts(Network: true, Vision: true, Factors, EncodesApart: true)));
        Assert.True(counted.Of(Everything) < counted.Of(new LearningParts(Network: true, Vision: true, Factors, EncodesApart: false)));
    }

    /// <summary>A batch of some losses.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly PassWorkers workers = new(1);
        private readonly StepBatch batch;

        public Counted(TrainingRun run, string losses)
        {
            var recipe = TrainingRun.Recipe(losses);
            Learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
            batch = new BatchDrawer(Learner.Model, recipe, new ToyData(), DataSplit.Train, null, workers).Draw(0);
        }

        public Learner Learner { get; }

        public long Tokens => batch.All.Sum(static s => (long)s.Tokens);

        public int Pictures => batch.All.Sum(static s => s.Pictures);

        public double Of(LearningParts learning) => new FlopCounter(Learner.Model.Network.Config, learning).Of(batch);

        public void Dispose()
        {
            batch.Dispose();
            Learner.Dispose();
            workers.Dispose();
        }
    }
}
