using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Data.Evaluation;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Writes the test split as evaluation sets: questions with evidence, and pictures with captions in Karpathy's format. And the validation split's questions, to set by
/// them what is no weight.
/// </summary>
internal static class ManualEvaluation
{
    public const string Questions = "manual-questions";
    public const string Near = "manual-questions-near";
    public const string Figures = "retrieval-figures";

    private const int MaxAnswerable = 1200;
    private const int MaxUnanswerable = 500;

    // The validation split has few facts: each is asked for several times, among other passages.
    private const int Rounds = 3;
    private const int NearTries = 8;

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="folder">The evaluation folder.</param>
    /// <returns>What the manifest is to list.</returns>
    public static IReadOnlyList<EvaluationEntry> Write(ManualData data, string folder, ulong seed, CancellationToken cancellationToken)
    {
        var test = new SplitData(data, DataSplit.Test);
        WriteQuestions(test, Fresh(Path.Combine(folder, Questions)), seed, cancellationToken);
        WriteFigures(test, Fresh(Path.Combine(folder, Figures)), cancellationToken);
        return [new(Questions, "questions", $"{Questions}/questions.jsonl", Questions), new(Figures, "karpathy", $"{Figures}/dataset.json", Figures)];
    }

    /// <summary>
    /// Each fact of the validation split in turn with and without its passage, in two files: as the test split asks, and <see cref="Near"/>, where the questions without an answer have a passage
    /// of the page that would have answered, if it has one. What search finds is near by: what is set by these questions must not rest on words that are nowhere.
    /// </summary>
    /// <param name="folder">For a folder of either name, each with questions.jsonl and its pictures.</param>
    public static void WriteValidation(ManualData data, string folder, ulong seed, CancellationToken cancellationToken)
    {
        var split = new SplitData(data, DataSplit.Validation);
        WriteValidation(split, Fresh(Path.Combine(folder, Questions)), new Dice(seed, $"{Questions} {DataSplit.Validation}", 0), tries: 1, cancellationToken);
        WriteValidation(split, Fresh(Path.Combine(folder, Near)), new Dice(seed, $"{Near} {DataSplit.Validation}", 0), NearTries, cancellationToken);
    }

    private static void WriteValidation(SplitData split, string folder, Dice dice, int tries, CancellationToken cancellationToken)
    {
        var lines = new List<JsonObject>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var fact in split.Facts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Add(QuestionMaker.Make(split, fact, answerable: true, ref dice), answerable: true);
                var absent = QuestionMaker.Make(split, fact, answerable: false, ref dice);
                for (var more = tries - 1; more > 0 && absent.Evidence.All(passage => passage.Page != fact.Page); more--)
                    absent = QuestionMaker.Make(split, fact, answerable: false, ref dice);
                Add(absent, answerable: false);
            }
        }

        ManualFiles.WriteLines(Path.Combine(folder, "questions.jsonl"), lines);

        void Add(ManualQuestion question, bool answerable)
        {
            if (question.Rank >= 0 == answerable)
                lines.Add(Line(split.Data, question, folder, lines.Count));
        }
    }

    private static string Fresh(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    private static void WriteQuestions(SplitData test, string folder, ulong seed, CancellationToken cancellationToken)
    {
        var lines = new List<JsonObject>();
        foreach (var (answerable, wanted) in new[] { (true, MaxAnswerable), (false, MaxUnanswerable) })
        {
            var dice = new Dice(seed, $"{Questions} {answerable}", 0);
            var facts = test.Facts.ToArray();
            dice.Shuffle<ManualFact>(facts);
            foreach (var fact in facts.Take(wanted))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var question = QuestionMaker.Make(test, fact, answerable, ref dice);
                if (question.Rank >= 0 == answerable)
                    lines.Add(Line(test.Data, question, folder, lines.Count));
            }
        }

        ManualFiles.WriteLines(Path.Combine(folder, "questions.jsonl"), lines);
    }

    private static JsonObject Line(ManualData data, ManualQuestion question, string folder, int index)
    {
        var answerable = question.Rank >= 0;
        return new JsonObject
        {
            ["id"] = string.Create(CultureInfo.InvariantCulture, $"{Questions}-{index}"),
            ["kind"] = question.Fact.Kind.ToString().ToLowerInvariant(),
            ["parts"] = new JsonArray(TextPart(question.Question)),
            ["evidence"] = new JsonArray([.. question.Evidence.Select(passage => Document(data, passage, folder))]),
            ["answers"] = new JsonArray(answerable ? question.Fact.Answer : ManualQuestion.Refusal),
            ["answerable"] = answerable,
        };
    }

    private static JsonObject Document(ManualData data, Passage passage, string folder) => new()
    {
        ["id"] = data.Pages[passage.Page].Id,
        ["title"] = passage.Title,
        ["parts"] = new JsonArray([.. passage.Parts.Select(part => part.Picture is { } picture
            ? new JsonObject { ["type"] = "image", ["path"] = WritePicture(data, picture, folder) }
            : TextPart(part.Text!))]),
    };

    private static JsonObject TextPart(string text) => new() { ["type"] = "text", ["text"] = text };

    private static void WriteFigures(SplitData test, string folder, CancellationToken cancellationToken)
    {
        var images = new JsonArray();
        foreach (var (page, part) in test.Captions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            images.Add(new JsonObject
            {
                ["filename"] = WritePicture(test.Data, part.Picture!.Value, folder),
                ["split"] = "test",
                ["sentences"] = new JsonArray(new JsonObject { ["raw"] = PairSamples.Described(part.Caption!, test.Data.Pages[page].Title) }),
            });
        }

        AtomicFile.Write(Path.Combine(folder, "dataset.json"), stream => JsonSerializer.Serialize(stream, new JsonObject { ["dataset"] = Figures, ["images"] = images }, Options));
    }

    /// <returns>The path from the folder.</returns>
    private static string WritePicture(ManualData data, int index, string folder)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"pictures/{index}.png");
        var full = Path.Combine(folder, path);
        if (!File.Exists(full))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var picture = data.Picture(index);
            File.WriteAllBytes(full, ImageEncoder.EncodePng(new RgbImage(picture.Side, picture.Side, picture.Rgb.ToArray())));
        }

        return path;
    }
}
