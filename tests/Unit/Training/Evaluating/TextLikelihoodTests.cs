using UnifiedVlm.Documents;
using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Training.Evaluation.Probes;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class TextLikelihoodTests
{
    [Fact]
    public void A_long_text_never_has_more_rows_of_logits_than_a_pass_has_tokens()
    {
        using var folder = new ModelFolder();
        using var model = folder.Load();
        string[] texts = [string.Join(' ', Enumerable.Range(0, 400).Select(static i => $"word{i % 37}")), "A cat.", "Two dogs and a cow stand in the yard."];

        var (whole, all) = Measure(100_000);
        var (shared, rows) = Measure(64);

        Assert.True(all.Max() > 400);
        Assert.InRange(rows.Max(), 1, 64);
        Assert.Equal(all.Sum(), rows.Sum());
        foreach (var (one, other) in whole.Zip(shared))
            Assert.Equal(one, other, 1e-4);

        (IReadOnlyList<double> Likelihoods, List<long> Rows) Measure(int tokensPerPass)
        {
            var rows = new List<long>();
            var likelihood = new TextLikelihood(model)
            {
                TokensPerPass = tokensPerPass,
                Logits = hidden =>
                {
                    lock (rows)
                        rows.Add(hidden.shape[0]);
                    return model.Network.Logits(hidden);
                },
            };
            var prepared = texts.Select(text => model.Preparer.Prepare(new InterleavedDocument { Id = "text", Parts = [new TextPart(text)] }, CancellationToken.None)).ToList();
            try
            {
                return (likelihood.Of(prepared, CancellationToken.None), rows);
            }
            finally
            {
                prepared.ForEach(static one => one.Dispose());
            }
        }
    }
}
