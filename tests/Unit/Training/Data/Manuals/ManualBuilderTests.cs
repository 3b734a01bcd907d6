using System.Text.Json;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class ManualBuilderTests(BuiltManuals built) : IClassFixture<BuiltManuals>
{
    private List<ManualPage> Pages => ManualFiles.ReadLines<ManualPage>(Path.Combine(built.Folder, "manuals", ManualFiles.Documents));

    private List<ManualFact> Facts => ManualFiles.ReadLines<ManualFact>(Path.Combine(built.Folder, "manuals", ManualFiles.Facts));

    [Fact]
    public void Every_page_and_picture_arrives_in_one_split()
    {
        var pages = Pages;

        Assert.Equal(ManualSourcesFolder.Tools, pages.Count(static page => page.Source == "gimp"));
        Assert.Equal(Enum.GetValues<DataSplit>().Order(), pages.Select(static page => page.Split).Distinct().Order());
        Assert.Equal("Packages", pages.Single(static page => page.Source == "handbook").Title);
        Assert.All(pages.Where(static page => page.Source == "gimp"), static page => Assert.Equal("GFDL-1.2-or-later", page.Licence));
        var owners = pages.SelectMany(static page => page.Parts.Where(static part => part.Picture is not null).Select(part => (part.Picture, page.Split))).ToList();
        Assert.Equal(ManualSourcesFolder.Tools, owners.Count);
        Assert.Equal(owners.Count, owners.DistinctBy(static owner => owner.Picture).Count());
    }

    [Fact]
    public void The_book_is_there_without_its_pictures()
    {
        var parts = Pages.Where(static page => page.Source == "handbook").SelectMany(static page => page.Parts).ToList();

        Assert.Contains(parts, static part => part.Text?.Contains("archive of files", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(parts, static part => part.Picture is not null);
        Assert.Equal(ManualSourcesFolder.Tools, built.Report.Pictures);
    }

    [Fact]
    public void A_paragraph_of_training_pages_is_not_in_other_splits()
    {
        var holders = Pages.Where(static page => page.Parts.Any(static part => part.Text?.Contains(ManualSourcesFolder.Shared, StringComparison.Ordinal) == true)).ToList();

        Assert.NotEmpty(holders);
        Assert.All(holders, static page => Assert.Equal(DataSplit.Train, page.Split));
        Assert.True(built.Report.SharedParagraphs > 0);
    }

    [Fact]
    public void Facts_quote_the_part_that_they_name()
    {
        var pages = Pages;
        var facts = Facts;

        Assert.All(facts, fact => Assert.Contains(fact.Answer, pages[fact.Page].Parts[fact.Part].Text!, StringComparison.Ordinal));
        foreach (var kind in new[] { FactKind.Purpose, FactKind.Place, FactKind.Shortcut, FactKind.Option, FactKind.Parameter, FactKind.Function })
            Assert.Contains(facts, fact => fact.Kind == kind);
        var alpha = facts.First(static fact => fact is { Kind: FactKind.Parameter, Subject: "alpha" });
        Assert.StartsWith("Model", alpha.Of, StringComparison.Ordinal);
        Assert.Contains("alpha : float, default=1.0\n", pages[alpha.Page].Parts[alpha.Part].Text!, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_many_pages_share_are_no_facts() =>
        Assert.DoesNotContain(Facts, static fact => fact.Answer == "The distance at which it stops to work on pixels.");

    [Fact]
    public void What_pages_of_several_splits_answer_is_asked_in_the_first_of_them_alone()
    {
        // Two pages hold each of these answers, but for a capital.
        var answers = Facts.Where(static fact => fact.Subject == "Softness").GroupBy(static fact => fact.Answer, StringComparer.OrdinalIgnoreCase).ToList();
        Assert.Equal(ManualSourcesFolder.Tools / 2, answers.Count);
        Assert.All(answers, same => Assert.Single(same.Select(fact => Pages[fact.Page].Split).Distinct()));
        Assert.Contains(answers, static same => same.Count() == 1);
        Assert.Contains(answers, static same => same.Count() == 2);
    }

    [Fact]
    public async Task The_same_sources_give_the_same_bytes()
    {
        using var again = new TemporaryFolder();

        await ManualBuilder.BuildAsync(built.Sources, again.Path, 7, null, CancellationToken.None);

        var files = Directory.GetFiles(built.Folder, "*", SearchOption.AllDirectories);
        Assert.Equal(files.Length, Directory.GetFiles(again.Path, "*", SearchOption.AllDirectories).Length);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(again.Path, Path.GetRelativePath(built.Folder, file)))));
    }

    [Fact]
    public async Task A_missing_package_is_named_with_the_script_that_fetches_it()
    {
        using var empty = new TemporaryFolder();
        using var output = new TemporaryFolder();

        var e = await Assert.ThrowsAsync<DataException>(() => ManualBuilder.BuildAsync(empty.Path, output.Path, 7, null, CancellationToken.None));

        Assert.Contains("gimp-help-en", e.Message, StringComparison.Ordinal);
        Assert.Contains("deploy/manuals.sh", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_questions_of_the_evaluation_are_answered_by_their_evidence_or_not_at_all()
    {
        var lines = File.ReadLines(Path.Combine(built.Folder, "eval", "manual-questions", "questions.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal([false, true], lines.Select(static line => line.GetProperty("answerable").GetBoolean()).Distinct().Order());
        Assert.All(lines, static line =>
        {
            var answer = line.GetProperty("answers")[0].GetString()!;
            var texts = line.GetProperty("evidence").EnumerateArray().SelectMany(static document => document.GetProperty("parts").EnumerateArray())
                .Where(static part => part.GetProperty("type").GetString() == "text").Select(static part => part.GetProperty("text").GetString()!).ToList();
            Assert.NotEmpty(texts);
            if (line.GetProperty("answerable").GetBoolean())
                Assert.Contains(texts, text => text.Contains(answer, StringComparison.Ordinal));
            else
                Assert.Equal(ManualQuestion.Refusal, answer);
        });
    }

    [Theory]
    [InlineData("manual-questions")]
    [InlineData("manual-questions-near")]
    public void Questions_to_tune_by_are_of_the_validation_split_and_some_of_them_unanswerable(string name)
    {
        var pages = Pages.ToDictionary(static page => page.Id);
        var lines = File.ReadLines(Path.Combine(built.Folder, "validation", name, "questions.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.All(lines.SelectMany(static line => line.GetProperty("evidence").EnumerateArray()), document => Assert.Equal(DataSplit.Validation, pages[document.GetProperty("id").GetString()!].Split));
        Assert.Equal([false, true], lines.Select(static line => line.GetProperty("answerable").GetBoolean()).Distinct().Order());
        Assert.Equal(lines.Count, lines.DistinctBy(static line => line.GetProperty("id").GetString()).Count());
    }

    [Fact]
    public void The_figures_of_the_evaluation_are_files_beside_it()
    {
        var folder = Path.Combine(built.Folder, "eval", "retrieval-figures");
        using var set = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "dataset.json")));
        var images = set.RootElement.GetProperty("images").EnumerateArray().ToList();

        Assert.Equal(Pages.Count(static page => page is { Source: "gimp", Split: DataSplit.Test }), images.Count);
        Assert.All(images, image =>
        {
            Assert.True(File.Exists(Path.Combine(folder, image.GetProperty("filename").GetString()!)));
            Assert.EndsWith("tool at work", image.GetProperty("sentences")[0].GetProperty("raw").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(["manual-questions", "retrieval-figures"], built.Report.Evaluations.Select(static entry => entry.Name));
    }
}
