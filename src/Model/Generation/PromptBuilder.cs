using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Generation;

/// <summary>
/// Instruction if any, then each piece of evidence in a turn of its own that begins with [n], then the question, then the assistant's turn. Turns
/// are opened and closed by special ids, which neither a question nor a document can spell.
/// </summary>
internal sealed class PromptBuilder : IPromptBuilder
{
    /// <summary>Of [n] and the title behind it.</summary>
    private const int MaxHeaderTokens = 48;

    /// <summary>Tokens that an answer keeps, whatever the question and its first piece of evidence need. A limit below it is kept whole.</summary>
    private const int LeastAnswerTokens = 32;

    private readonly ModelConfig config;
    private readonly ChatFormat format;
    private readonly Tokenizer tokenizer;
    private readonly TextSplitter splitter;
    private readonly PictureReader pictures;
    private readonly int[] answering;

    public PromptBuilder(ModelConfig config, PreparationSettings settings, Tokenizer tokenizer, ChatFormat format, PictureReader pictures)
    {
        this.config = config;
        this.format = format;
        this.tokenizer = tokenizer;
        this.pictures = pictures;
        splitter = new TextSplitter(tokenizer, settings.MaxPartTokens);
        answering = SystemTurn(settings.AnswerInstruction);
    }

    public int ContextTokens => config.LmMaxPositions;

    public GenerationPrompt Build(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, int maxNewTokens, CancellationToken cancellationToken) =>
        Build(question, evidence, answering, maxNewTokens, Math.Min(maxNewTokens, LeastAnswerTokens), cancellationToken);

    public GenerationPrompt Build(
        InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, string? instruction, int maxNewTokens, CancellationToken cancellationToken) =>
        Build(question, evidence, instruction is null ? [] : SystemTurn(instruction), maxNewTokens, Math.Min(maxNewTokens, LeastAnswerTokens), cancellationToken);

    /// <summary>A sample to learn from, as it will be served: with the checkpoint's instruction where there is evidence, without one for a question about its own content.</summary>
    public GenerationPrompt Build(IEnumerable<LayoutPart> question, IReadOnlyList<PromptEvidence> evidence, int maxNewTokens, CancellationToken cancellationToken) =>
        Build(question, evidence, evidence.Count == 0 ? [] : answering, maxNewTokens, maxNewTokens, cancellationToken);

    public GenerationPrompt BuildChat(IReadOnlyList<ChatTurn> turns, int maxNewTokens, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfZero(turns.Count, nameof(turns));
        var window = new WindowContent(format, config);
        var room = config.LmMaxPositions - maxNewTokens - format.Open(ChatRole.Assistant).Count;
        foreach (var turn in turns)
        {
            window.Append(format.Open(turn.Role));
            var parts = turn.Parts.Select((part, i) => LayoutPart.From(part, $"{turn.Field}.content[{i}]"));
            Append(window, LayUpTo(room - window.Length, parts, cancellationToken));
            window.Append(format.Close);
            if (IsFarBeyond(room - window.Length))
                break;
        }

        room -= window.Length;
        window.Append(format.Open(ChatRole.Assistant));
        if (room < 0)
        {
            throw new DocumentRejectedException(
                "messages", $"exceed {Excess(room, maxNewTokens)}", "Leave out the oldest turns, shorten them, or ask for fewer tokens.");
        }

        return new GenerationPrompt(window.Build(pictures, cancellationToken));
    }

    private GenerationPrompt Build(
        InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, int[] instruction, int maxNewTokens, int leastNewTokens, CancellationToken cancellationToken) =>
        Build(
            Parts(question, ""),
            [.. evidence.Select(static (document, i) => new PromptEvidence(document.Title, Parts(document, $"evidence[{i}].")))],
            instruction,
            maxNewTokens,
            leastNewTokens,
            cancellationToken);

    /// <param name="maxNewTokens">Kept free beside question and evidence, as far as they leave it.</param>
    /// <param name="leastNewTokens">Kept free in any case, and no more where the question, or the first piece of evidence that says something, has no room otherwise.</param>
    private GenerationPrompt Build(
        IEnumerable<LayoutPart> question, IReadOnlyList<PromptEvidence> evidence, int[] instruction, int maxNewTokens, int leastNewTokens, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNewTokens, 1);
        var window = new WindowContent(format, config);
        window.Append(instruction);
        var room = config.LmMaxPositions - leastNewTokens - window.Length - format.Open(ChatRole.User).Count - format.Close.Count - format.Open(ChatRole.Assistant).Count;
        var asked = LayUpTo(room, question, cancellationToken);
        room -= asked.Sum(Cost);
        if (room < 0)
        {
            throw new DocumentRejectedException(
                "parts", $"{(instruction.Length > 0 ? "question and instruction exceed" : "the question exceeds")} {Excess(room, leastNewTokens)}",
                "Shorten the question or ask for fewer tokens.");
        }

        var supplied = Supply(window, evidence, evidence.Count, room - (maxNewTokens - leastNewTokens), cancellationToken);
        if (supplied == 0 && leastNewTokens < maxNewTokens)
            supplied = Supply(window, evidence, 1, room, cancellationToken);
        window.Append(format.Open(ChatRole.User));
        var start = window.Length;
        Append(window, asked);
        var span = new AskedSpan(start, window.Length - start);
        window.Append(format.Close);
        window.Append(format.Open(ChatRole.Assistant));
        var isJudged = supplied > 0 && ReferenceEquals(instruction, answering) && asked.TrueForAll(static unit => unit.Picture is null) && span.FitsInto(window.Length);
        return new GenerationPrompt(window.Build(pictures, cancellationToken)) { EvidenceCount = supplied, Asked = isJudged ? span : null };
    }

    /// <summary>Appends the first pieces of evidence. One that says nothing gets no turn, and keeps its number.</summary>
    /// <param name="most">Turns.</param>
    /// <returns>How many of them, the first ones, have come in.</returns>
    private int Supply(WindowContent window, IReadOnlyList<PromptEvidence> evidence, int most, int room, CancellationToken cancellationToken)
    {
        var (supplied, turns) = (0, 0);
        for (var i = 0; i < evidence.Count && turns < most; i++)
        {
            var before = window.Length;
            var isWhole = Add(window, evidence[i], i, ref room, cancellationToken);
            if (window.Length > before)
                (supplied, turns) = (i + 1, turns + 1);
            if (!isWhole)
                break;
        }

        return supplied;
    }

    private int[] SystemTurn(string instruction) => [.. format.Open(ChatRole.System), .. tokenizer.Encode(instruction), .. format.Close];

    /// <returns>False when the evidence did not fit as a whole: what follows it is left out too, so that no lower rank takes its place. What says nothing has room anywhere.</returns>
    private bool Add(WindowContent window, PromptEvidence document, int index, ref int room, CancellationToken cancellationToken)
    {
        var title = document.Title ?? "";
        var before = window.Length;
        var whole = Add(window, document, Header(index, title), ref room, cancellationToken);
        // Nothing of it fits beside its title: what it says is worth more.
        return window.Length == before && title.Length > 0 ? Add(window, document, Header(index, ""), ref room, cancellationToken) : whole;
    }

    /// <summary>A title as long as a page would leave no room for what stands below it.</summary>
    private int[] Header(int index, string title)
    {
        var header = tokenizer.Encode(title.Length > 0 ? $"[{index + 1}] {title}\n" : $"[{index + 1}]\n");
        for (var length = Math.Min(title.Length, MaxHeaderTokens * 8); header.Length > MaxHeaderTokens && length > 1; length /= 2)
            header = tokenizer.Encode($"[{index + 1}] {title.AsSpan(0, char.IsHighSurrogate(title[length - 1]) ? length - 1 : length)}\n");
        return header;
    }

    private bool Add(WindowContent window, PromptEvidence document, int[] header, ref int room, CancellationToken cancellationToken)
    {
        var left = room - format.Open(ChatRole.Evidence).Count - header.Length - format.Close.Count;
        var fitting = new List<Unit>();
        var whole = true;
        foreach (var unit in Lay(document.Parts, cancellationToken))
        {
            if (Cost(unit) > left)
            {
                whole = false;
                break;
            }

            left -= Cost(unit);
            fitting.Add(unit);
        }

        if (fitting.Count == 0)
            return whole;
        window.Append(format.Open(ChatRole.Evidence));
        window.Append(header);
        Append(window, fitting);
        window.Append(format.Close);
        room = left;
        return whole;
    }

    private static void Append(WindowContent window, List<Unit> units)
    {
        foreach (var unit in units)
        {
            if (unit.Picture is { } picture)
                window.AppendImage(unit.Field, picture);
            else
                window.AppendText(unit.Ids);
        }
    }

    private int Cost(Unit unit) => (unit.Picture is null ? unit.Ids.Length : config.ImageTokens) + format.Separator.Count;

    /// <summary>Lazily: evidence beyond the room left is never looked at.</summary>
    private static IEnumerable<LayoutPart> Parts(InterleavedDocument document, string prefix) =>
        document.Parts.Select((part, i) => LayoutPart.From(part, $"{prefix}parts[{i}]"));

    /// <summary>All of what has room. Of what has not, enough to say by how much: the rest would be laid out for nothing, however long it is.</summary>
    private List<Unit> LayUpTo(int room, IEnumerable<LayoutPart> parts, CancellationToken cancellationToken)
    {
        var units = new List<Unit>();
        foreach (var unit in Lay(parts, cancellationToken))
        {
            units.Add(unit);
            room -= Cost(unit);
            if (IsFarBeyond(room))
                break;
        }

        return units;
    }

    /// <summary>A context more than there is.</summary>
    private bool IsFarBeyond(int room) => room < -config.LmMaxPositions;

    private string Excess(int room, int maxNewTokens) =>
        $"the context of {config.LmMaxPositions} tokens by {(IsFarBeyond(room) ? $"more than {config.LmMaxPositions}" : $"{-room}")} when {maxNewTokens} are kept for the answer";

    private IEnumerable<Unit> Lay(IEnumerable<LayoutPart> parts, CancellationToken cancellationToken)
    {
        foreach (var part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (part.Picture is { } picture)
            {
                yield return new Unit(part.Field, [], picture);
                continue;
            }

            foreach (var piece in splitter.Split(part.Text!))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new Unit(part.Field, piece.Ids, null);
            }
        }
    }

    private readonly record struct Unit(string Field, int[] Ids, PictureInput? Picture);
}
