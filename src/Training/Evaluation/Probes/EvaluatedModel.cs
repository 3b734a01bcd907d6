using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Probes;

/// <summary>A loaded checkpoint under evaluation: everything goes the way that is served, in batches.</summary>
/// <param name="threads">For preparing and comparing; the model has its own.</param>
/// <param name="report">Told what is done: the work's name, how many of how many.</param>
public sealed class EvaluatedModel(UnifiedModel model, int threads, Action<string, int, int> report) : IEvaluatedModel
{
    private const int DocumentsPerBatch = 256;
    private const int PicturesPerBatch = 512;

    private readonly TextLikelihood likelihood = new(model);

    public int Threads => threads;

    public bool IsCalibrated => model.Refusal is not null;

    public IReadOnlyList<SetFormatException?> Problems(IReadOnlyList<SetItem> items, ImageFileResolver? pictures, CancellationToken cancellationToken)
    {
        var problems = new SetFormatException?[items.Count];
        var done = 0;
        report("checked", 0, items.Count);
        Parallel.For(0, items.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, i =>
        {
            var item = items[i];
            try
            {
                if (item.Prompt is { } asked)
                    Prompt(new AskedQuestion(item.Content[0], asked.HasEvidence ? [.. item.Content.Skip(1)] : null, asked.MaxTokens), pictures, cancellationToken).Dispose();
                else
                {
                    foreach (var document in item.Content)
                        model.Preparer.Prepare(Read(document, pictures), cancellationToken).Dispose();
                }
            }
            catch (DocumentRejectedException error)
            {
                problems[i] = ItemFailure.Of(item.Id, item.Content, error);
            }

            Interlocked.Increment(ref done);
        });
        report("checked", done, items.Count);
        return problems;
    }

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<InterleavedDocument> documents, ImageFileResolver? pictures, CancellationToken cancellationToken) =>
        InBatches(
            "encoded", documents, static document => Pictures(document),
            document => model.Preparer.Prepare(Read(document, pictures), cancellationToken),
            batch => model.Encoder.Encode(batch, cancellationToken),
            static document => document.Id, static document => [document],
            cancellationToken);

    public IReadOnlyList<double> LogLikelihood(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        InBatches(
            "scored", texts, static _ => 0,
            text => model.Preparer.Prepare(new InterleavedDocument { Id = "text", Parts = [new TextPart(text)] }, cancellationToken),
            batch => likelihood.Of(batch, cancellationToken),
            static text => text, static _ => [],
            cancellationToken);

    public IReadOnlyList<GeneratedText> Answer(IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, CancellationToken cancellationToken) =>
        Ask("answered", questions, pictures, batch => Generate(batch, cancellationToken), cancellationToken);

    public IReadOnlyList<RefusalSigns?> Signs(IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, CancellationToken cancellationToken) =>
        Ask("read", questions, pictures, batch => model.BatchGenerator.Signs([.. batch.Select(static one => one.Prompt)], cancellationToken), cancellationToken);

    private List<T> Ask<T>(
        string work, IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, Func<IReadOnlyList<LaidOut>, IReadOnlyList<T>> run, CancellationToken cancellationToken) =>
        InBatches(
            work, questions, static asked => Pictures(asked.Question) + (asked.Evidence?.Sum(Pictures) ?? 0),
            asked => new LaidOut(Prompt(asked, pictures, cancellationToken), asked.MaxTokens),
            run,
            static asked => asked.Question.Id, static asked => [asked.Question, .. asked.Evidence ?? []],
            cancellationToken);

    private List<TResult> InBatches<TItem, TPrepared, TResult>(
        string work, IReadOnlyList<TItem> items, Func<TItem, int> countPictures, Func<TItem, TPrepared> prepare,
        Func<IReadOnlyList<TPrepared>, IReadOnlyList<TResult>> run, Func<TItem, string> nameOf, Func<TItem, IEnumerable<InterleavedDocument>> contentOf,
        CancellationToken cancellationToken)
        where TPrepared : class, IDisposable
    {
        var results = new List<TResult>(items.Count);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        while (results.Count < items.Count)
        {
            report(work, results.Count, items.Count);
            var first = results.Count;
            int count = 0, pictures = 0;
            while (first + count < items.Count && count < DocumentsPerBatch && (count == 0 || pictures + countPictures(items[first + count]) <= PicturesPerBatch))
                pictures += countPictures(items[first + count++]);
            var prepared = new TPrepared?[count];
            try
            {
                Parallel.For(0, count, parallel, i => prepared[i] = Prepared(items[first + i]));
                results.AddRange(run(prepared!));
            }
            finally
            {
                foreach (var one in prepared)
                    one?.Dispose();
            }
        }

        report(work, results.Count, items.Count);
        return results;

        TPrepared Prepared(TItem item)
        {
            try
            {
                return prepare(item);
            }
            catch (DocumentRejectedException error)
            {
                throw ItemFailure.Of(nameOf(item), contentOf(item), error);
            }
        }
    }

    private GenerationPrompt Prompt(AskedQuestion asked, ImageFileResolver? pictures, CancellationToken cancellationToken)
    {
        var question = Read(asked.Question, pictures);
        var prompt = asked.Evidence is null
            ? model.Prompts.Build(question, [], null, asked.MaxTokens, cancellationToken)
            : model.Prompts.Build(question, [.. asked.Evidence.Select(document => Read(document, pictures))], asked.MaxTokens, cancellationToken);
        if (asked.IsUncalibrated)
            prompt.Asked = null;
        return prompt;
    }

    private IReadOnlyList<GeneratedText> Generate(IReadOnlyList<LaidOut> batch, CancellationToken cancellationToken)
    {
        var requests = batch.Select(static one => new TextRequest(one.Prompt, SamplingOptions.Greedy with { MaxTokens = one.MaxTokens })).ToList();
        return model.BatchGenerator.Generate(requests, cancellationToken);
    }

    private static InterleavedDocument Read(InterleavedDocument document, ImageFileResolver? pictures) => pictures?.Resolve(document) ?? document;

    private static int Pictures(InterleavedDocument document) => document.Parts.Count(static part => part is ImagePart);

    private sealed record LaidOut(GenerationPrompt Prompt, int MaxTokens) : IDisposable
    {
        public void Dispose() => Prompt.Dispose();
    }
}
