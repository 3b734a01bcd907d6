using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Questions about what they show themselves, or to be answered from evidence.</summary>
/// <param name="MaxTokens">Of an answer.</param>
public sealed record QuestionSet(string Name, ImageFileResolver? Pictures, IReadOnlyList<QuestionItem> Items, int MaxTokens)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    public override int? TokenLimit => MaxTokens;

    public override IEnumerable<SetItem> Contents => Items.Select(item => new SetItem(
        item.Id, [item.Question with { Id = item.Id }, .. item.Evidence ?? []], [.. item.Answers, item.IsAnswerable ? "answerable" : "not answerable"])
    {
        Prompt = new SetPrompt(item.Evidence is not null, MaxTokens),
    });

    public override EvaluationSet Without(IReadOnlySet<int> items) => this with { Items = Kept(Items, items) };
}

/// <param name="Evidence">In order of rank; null for a question about its own content.</param>
/// <param name="Answers">Any of them is right; empty only for what can't be answered.</param>
/// <param name="IsAnswerable">False: the right answer is that the evidence does not say.</param>
public sealed record QuestionItem(
    string Id, InterleavedDocument Question, IReadOnlyList<InterleavedDocument>? Evidence, IReadOnlyList<string> Answers, bool IsAnswerable);
