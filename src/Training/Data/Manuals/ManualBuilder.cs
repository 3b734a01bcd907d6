using System.Globalization;
using System.Text;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Evaluation.Measures;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Makes <c>manuals/</c> and the manuals' evaluation sets from the unpacked packages that deploy/manuals.sh fetches. The same sources and seed
/// make the same bytes.
/// </summary>
internal static class ManualBuilder
{
    private const string WordNetPackage = "wordnet-base";
    private const string WordNetRoot = "usr/share/wordnet";

    /// <summary>An answer that more facts share (of methods that every class inherits) is boilerplate.</summary>
    private const int MaxSameAnswers = 3;

    /// <param name="sourcesFolder">Holds a folder for each package.</param>
    /// <param name="outFolder">The data folder: <c>manuals/</c>, <c>validation/</c> and <c>eval/</c> are made below it.</param>
    /// <param name="seed">Of the evaluation sets; the rest is a function of the sources alone.</param>
    /// <exception cref="DataException">A package is missing; nothing is changed then.</exception>
    public static Task<ManualReport> BuildAsync(string sourcesFolder, string outFolder, ulong seed, IProgress<string>? progress, CancellationToken cancellationToken) =>
        Task.Run(() => Build(sourcesFolder, outFolder, seed, progress, cancellationToken), cancellationToken);

    /// <exception cref="DataException">A package is missing.</exception>
    public static void CheckSources(string sourcesFolder)
    {
        foreach (var (package, root) in Manual.All.Select(static manual => (manual.Package, manual.Root)).Append((WordNetPackage, WordNetRoot)))
            _ = Root(sourcesFolder, package, root);
    }

    /// <summary>The packages and their licences.</summary>
    /// <param name="where">What is taken from them, as in "below this folder".</param>
    public static string Licences(string where)
    {
        var text = new StringBuilder($"Texts and pictures {where} are taken from these Debian packages and stay under their licences.\n\n| package | licence |\n|---|---|\n");
        foreach (var manual in Manual.All)
            text.Append(CultureInfo.InvariantCulture, $"| {manual.Package} | {manual.Licence} |\n");
        return text.Append(CultureInfo.InvariantCulture, $"| {WordNetPackage} | WordNet 3.0 licence, Copyright 2006 Princeton University |\n").ToString();
    }

    private static ManualReport Build(string sourcesFolder, string outFolder, ulong seed, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        CheckSources(sourcesFolder);
        var pictures = new PictureStore();
        var collector = new PageCollector(pictures);
        foreach (var page in ReadAll(sourcesFolder, progress, cancellationToken).OrderBy(static page => page.Split))
        {
            cancellationToken.ThrowIfCancellationRequested();
            collector.Add(page);
        }

        var pages = collector.Pages;
        progress?.Report(string.Create(CultureInfo.InvariantCulture, $"manuals: {pages.Count} pages, {pictures.Count} pictures"));
        var facts = OfTheirSplitAlone(pages, WithoutBoilerplate([.. pages.SelectMany(static (page, index) => FactFinder.Find(index, page)).Where(fact => IsGrounded(pages, fact))]));
        var glosses = WordNetReader.Read(Root(sourcesFolder, WordNetPackage, WordNetRoot)).ToList();
        cancellationToken.ThrowIfCancellationRequested();

        // All is read: from here on what an earlier build has made is replaced.
        var evaluation = Path.Combine(outFolder, EvaluationBuilder.Folder);
        EvaluationBuilder.RemoveManifest(evaluation);
        var folder = Path.Combine(outFolder, ManualFiles.Folder);
        FolderSwap.Write(folder, next =>
        {
            Directory.CreateDirectory(next);
            pictures.Write(Path.Combine(next, ManualFiles.Pictures));
            ManualFiles.WriteLines(Path.Combine(next, ManualFiles.Documents), pages);
            ManualFiles.WriteLines(Path.Combine(next, ManualFiles.Facts), facts);
            ManualFiles.WriteLines(Path.Combine(next, ManualFiles.Glosses), glosses);
            AtomicFile.Write(Path.Combine(next, ManualFiles.Licences), static stream => stream.Write(Encoding.UTF8.GetBytes(Licences("below this folder"))));
        });

        progress?.Report(string.Create(CultureInfo.InvariantCulture, $"manuals: {facts.Count} facts, {glosses.Count} glosses; evaluation sets"));
        using var data = new ManualData(folder);
        FolderSwap.Write(Path.Combine(outFolder, ManualFiles.Validation), next => ManualEvaluation.WriteValidation(data, next, seed, cancellationToken));
        var evaluations = ManualEvaluation.Write(data, evaluation, seed, cancellationToken);
        return new ManualReport(
            Counts(pages, static page => $"{page.Source} {page.Split}"), Counts(facts, fact => $"{fact.Kind} {pages[fact.Page].Split}"),
            pictures.Count, pictures.NearDuplicates, collector.SharedParagraphs, glosses.Count, evaluations);
    }

    private static IEnumerable<RawPage> ReadAll(string sourcesFolder, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        foreach (var manual in Manual.All)
        {
            progress?.Report($"manuals: reading {manual.Package}");
            foreach (var page in ManualReader.Read(manual, Root(sourcesFolder, manual.Package, manual.Root), cancellationToken))
                yield return page;
        }
    }

    private static string Root(string sourcesFolder, string package, string root)
    {
        var path = Path.Combine(sourcesFolder, package, root);
        return Directory.Exists(path) ? path : throw new DataException(path, "is missing; fetch the sources with deploy/manuals.sh");
    }

    /// <summary>Whether passage and title name what the subject belongs to: otherwise the passage may as well speak of a namesake.</summary>
    private static bool IsGrounded(IReadOnlyList<ManualPage> pages, ManualFact fact)
    {
        if (fact.Kind is not (FactKind.Parameter or FactKind.Function))
            return true;
        var passage = Passage.Around(pages, fact.Page, fact.Part, withPicture: false);
        var evidence = $"{passage.Title}\n{passage.Text}";
        return fact.Of.Split('.').All(owner => evidence.Contains(owner, StringComparison.Ordinal));
    }

    private static List<ManualFact> WithoutBoilerplate(List<ManualFact> facts)
    {
        var answers = facts.CountBy(static fact => fact.Answer, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. facts.Where(fact => answers[fact.Answer] <= MaxSameAnswers)];
    }

    /// <summary>A sentence that pages of several splits hold (tools share options, classes inherit methods) is asked about in the first of them only: else training has seen the answer.</summary>
    private static List<ManualFact> OfTheirSplitAlone(IReadOnlyList<ManualPage> pages, List<ManualFact> facts)
    {
        // Equal as evaluation takes answers for equal.
        var same = facts.ConvertAll(static fact => string.Join(' ', AnswerWords.Of(fact.Answer)));
        var first = facts.Zip(same).GroupBy(static told => told.Second, static told => told.First.Page, StringComparer.Ordinal)
            .ToDictionary(static told => told.Key, told => told.Min(page => pages[page].Split), StringComparer.Ordinal);
        return [.. facts.Where((fact, i) => pages[fact.Page].Split == first[same[i]])];
    }

    private static Dictionary<string, int> Counts<T>(IEnumerable<T> items, Func<T, string> key) => items.CountBy(key).ToDictionary();
}
