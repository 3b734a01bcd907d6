using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Layout;

/// <summary>From samples to tokens, by the very code that lays out what is served. Thread-safe.</summary>
internal sealed class SampleLayout(UnifiedModel model)
{
    private readonly DocumentPreparer preparer = (DocumentPreparer)model.Preparer;
    private readonly PromptBuilder prompts = (PromptBuilder)model.Prompts;
    private readonly int context = model.Network.Config.LmMaxPositions;

    /// <summary>
    /// A picture whose image tokens predict what they show: <see cref="TrainingSequence.Places"/> are image tokens, each once for every word of its
    /// region. An image token shows the region that covers most of its part of the picture.
    /// </summary>
    public TrainingSequence Regions(RegionSample sample)
    {
        var grid = RegionGrid.Label(sample, (int)Math.Sqrt(model.Network.Config.ImageTokens));
        var words = grid.Select(text => text is null ? [] : model.Tokenizer.Encode(" " + text).Distinct().ToArray()).ToList();
        return new TrainingSequence(
            new PassSequence(First(Content.Of(sample.Picture)), 0),
            [.. words.SelectMany(static (ids, cell) => Enumerable.Repeat(cell, ids.Length))],
            [.. words.SelectMany(static ids => ids).Select(static id => (long)id)]);
    }

    /// <summary>A content whose summary is wanted. Of one longer than a window the first window stands for all.</summary>
    public TrainingSequence Embedded(Content content)
    {
        var window = First(content);
        return new TrainingSequence(new PassSequence(window, window.TokenIds.Length), [], []);
    }

    /// <summary>A pair's left side; a picture may be followed by the words of the right side, which are to be predicted.</summary>
    public TrainingSequence Left(ContentPair pair, PairLossSettings settings) =>
        settings.Captioning > 0 && pair.Left.Parts.Any(static part => part is PictureContent) && pair.Right.Parts is [TextContent { Text: var text }]
            ? Captioned(new CaptionSample(pair.Left, text), settings.Sees)
            : Embedded(pair.Left);

    /// <summary>A view whose parts are wanted, and what each of them means; null for a part that the model reads as several.</summary>
    public (TrainingSequence Sequence, int?[] Meanings) Parts(IReadOnlyList<NamedPart> view)
    {
        var (window, embedded) = FirstWithParts(new Content([.. view.Select(static part => part.Part)]));
        var pieces = embedded.CountBy(static part => part.SourcePart).ToDictionary();
        return (
            new TrainingSequence(new PassSequence(window, window.TokenIds.Length), [], []),
            [.. embedded.Take(window.Spans.Length).Select(part => pieces[part.SourcePart] == 1 ? view[part.SourcePart].Meaning : (int?)null)]);
    }

    /// <summary>A content, its summary prompt, then the caption and the end of the turn, which are to be predicted.</summary>
    public TrainingSequence Captioned(CaptionSample sample, CaptionSight sees)
    {
        var window = First(sample.Content);
        var end = window.TokenIds.Length;
        var prompt = model.Summaries[SummaryPrompts.ModalityOf(window.Spans)].Count;
        SequenceCut? cut = sees switch
        {
            CaptionSight.Prompt => new SequenceCut(end - prompt, end),
            CaptionSight.Summary => new SequenceCut(end - 1, end),
            _ => null,
        };
        return Answered(window, end, cut, sample.Caption);
    }

    /// <summary>A question with its evidence, then the answer and the end of the turn, which are to be predicted; likewise of further turns, as many as fit.</summary>
    public TrainingSequence Answered(DialogueSample sample)
    {
        // Room is kept for the answer before evidence is let in, as when answers are generated.
        var answer = model.Tokenizer.Encode(sample.Answer).Length + model.Format.Close.Count;
        var evidence = sample.Evidence.Select(static e => new PromptEvidence(e.Title, Parts(e.Content))).ToList();
        var prompt = prompts.Build(Parts(sample.Question), evidence, answer, CancellationToken.None);
        return sample.Further.Aggregate(Answered(prompt.Window, 0, null, sample.Answer), Continued);
    }

    /// <summary>The windows of a document, without their summary prompts; every token of its texts is to be predicted.</summary>
    public IReadOnlyList<TrainingSequence> Read(Content content)
    {
        var prepared = preparer.Prepare(Parts(content), CancellationToken.None);
        return [.. prepared.Windows.Select(Read)];
    }

    private static List<LayoutPart> Parts(Content content) => [.. content.Parts.Select(static part => part is PictureContent { Picture: var picture }
        ? new LayoutPart("picture", null, new RawPicture(picture.Side, picture.Rgb))
        : new LayoutPart("text", ((TextContent)part).Text, null))];

    private PreparedWindow First(Content content) => FirstWithParts(content).Window;

    private (PreparedWindow Window, IReadOnlyList<EmbeddedPart> Parts) FirstWithParts(Content content)
    {
        var prepared = preparer.Prepare(Parts(content), CancellationToken.None);
        foreach (var window in prepared.Windows.Skip(1))
            window.Dispose();
        return (prepared.Windows[0], prepared.Parts);
    }

    private TrainingSequence Answered(PreparedWindow window, int summaryEnd, SequenceCut? cut, string answer)
    {
        var start = window.TokenIds.Length;
        int[] words = [.. model.Tokenizer.Encode(answer), .. model.Format.Close];
        words = words[..Math.Min(words.Length, context - start)];
        int[] tokens = [.. window.TokenIds, .. words];
        return new TrainingSequence(
            new PassSequence(window.With(tokens, window.Spans), summaryEnd, words.Length == 0 ? null : cut),
            [.. Enumerable.Range(start - 1, words.Length)],
            Array.ConvertAll(words, static id => (long)id));
    }

    private TrainingSequence Continued(TrainingSequence told, (string Question, string Answer) turn)
    {
        var window = told.Pass.Window;
        int[] asked =
        [
            .. model.Format.Open(ChatRole.User), .. model.Tokenizer.Encode(turn.Question), .. model.Format.Separator, .. model.Format.Close, .. model.Format.Open(ChatRole.Assistant),
        ];
        int[] words = [.. model.Tokenizer.Encode(turn.Answer), .. model.Format.Close];
        if (window.TokenIds.Length + asked.Length + words.Length > context)
            return told;
        var start = window.TokenIds.Length + asked.Length;
        return told with
        {
            Pass = told.Pass with { Window = window.With([.. window.TokenIds, .. asked, .. words], window.Spans) },
            Places = [.. told.Places, .. Enumerable.Range(start - 1, words.Length)],
            Targets = [.. told.Targets, .. words],
        };
    }

    private TrainingSequence Read(PreparedWindow window)
    {
        var length = window.TokenIds.Length - model.Summaries[SummaryPrompts.ModalityOf(window.Spans)].Count;
        var tokens = window.TokenIds[..length];
        var places = new List<int>();
        foreach (var span in window.Spans.Where(static s => s.Kind == PartKind.Text))
        {
            // The separator after the text tells that it ends.
            var end = Math.Min(length, span.Start + span.Length + model.Format.Separator.Count);
            places.AddRange(Enumerable.Range(span.Start - 1, end - span.Start));
        }

        var read = window.With(tokens, window.Spans);
        return new TrainingSequence(new PassSequence(read, 0), [.. places], [.. places.Select(place => (long)tokens[place + 1])]);
    }
}
