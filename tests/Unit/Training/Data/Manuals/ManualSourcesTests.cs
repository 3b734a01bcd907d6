using System.Globalization;
using System.Text.RegularExpressions;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Manuals;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class ManualSourcesTests(BuiltManuals built) : IClassFixture<BuiltManuals>
{
    private const ulong Samples = 300;

    [Fact]
    public void A_folder_without_manuals_has_no_sources()
    {
        using var folder = new TemporaryFolder();

        Assert.Null(ManualSources.TryOpen(folder.Path));
    }

    [Fact]
    public void Sources_are_listed_by_form()
    {
        using var sources = built.Open();

        Assert.Equal(128, sources.PictureSide);
        Assert.Equal(["figures", "glosses", "questions"], sources.Pairs(DataSplit.Train).Keys.Order());
        Assert.Equal(["figures"], sources.Captions(DataSplit.Train).Keys);
        Assert.Equal(["manuals"], sources.Sequences(DataSplit.Train).Keys);
        Assert.Equal(["copy", "echo", "glosses", "lookup", "manuals"], sources.Dialogues(DataSplit.Train).Keys.Order());
        Assert.Contains("manuals", sources.Documents(DataSplit.Train).Keys);
    }

    [Fact]
    public void A_sample_is_a_function_of_its_index()
    {
        using var one = built.Open();
        using var other = built.Open();

        foreach (var name in one.Dialogues(DataSplit.Train).Keys)
        {
            Assert.Equal(Written(one, name, 11), Written(other, name, 11));
            Assert.NotEqual(Written(one, name, 11), Written(one, name, 12));
        }

        static string Written(ManualSources sources, string name, ulong index) => Write(sources.Dialogues(DataSplit.Train)[name].Get(index));
    }

    [Theory]
    [InlineData("manuals")]
    [InlineData("glosses")]
    [InlineData("copy")]
    [InlineData("echo")]
    [InlineData("lookup")]
    public void An_answer_is_quoted_from_the_evidence_it_cites_and_a_refusal_from_none(string name)
    {
        using var sources = built.Open();
        var refusals = 0;

        for (ulong i = 0; i < Samples; i++)
        {
            var sample = sources.Dialogues(DataSplit.Train)[name].Get(i);
            Assert.InRange(sample.Evidence.Count, 1, 4);
            if (sample.Answer == "The documents do not say.")
            {
                refusals++;
                continue;
            }

            var cite = sample.Answer.LastIndexOf(" [", StringComparison.Ordinal);
            var rank = int.Parse(sample.Answer[(cite + 2)..^1], CultureInfo.InvariantCulture);
            Assert.Contains(sample.Answer[..cite], Text(sample.Evidence[rank - 1].Content), StringComparison.Ordinal);

            // As a word or words of its own: "word1" does not stand in "word12".
            var quoted = new Regex($@"(?<!\w){Regex.Escape(sample.Answer[..cite])}(?!\w)", RegexOptions.CultureInvariant);
            Assert.All(sample.Evidence.Where((_, index) => index != rank - 1), other => Assert.DoesNotMatch(quoted, Text(other.Content)));
        }

        Assert.InRange(refusals, 0.2 * Samples, 0.5 * Samples);
    }

    [Fact]
    public void What_is_refused_is_nowhere_in_the_evidence()
    {
        using var sources = built.Open();
        var facts = ManualFiles.ReadLines<ManualFact>(Path.Combine(built.Folder, "manuals", ManualFiles.Facts));
        var checkedRefusals = 0;

        for (ulong i = 0; i < Samples; i++)
        {
            var sample = sources.Dialogues(DataSplit.Train)["manuals"].Get(i);
            if (sample.Answer != ManualQuestion.Refusal)
                continue;
            var question = Text(sample.Question);
            var asked = facts.Where(fact => fact.Of.Length > 0 && Names(question, fact.Subject) && Names(question, fact.Of)).ToList();
            checkedRefusals += asked.Count;
            Assert.DoesNotContain(asked, fact => sample.Evidence.Any(item => Text(item.Content).Contains(fact.Answer, StringComparison.Ordinal)));
        }

        Assert.True(checkedRefusals > 20);
    }

    [Fact]
    public void Evidence_fits_the_context_of_the_shipped_model()
    {
        using var sources = built.Open();

        for (ulong i = 0; i < Samples; i++)
        {
            var sample = sources.Dialogues(DataSplit.Train)["manuals"].Get(i);
            Assert.All(sample.Evidence, static item => Assert.InRange(Text(item.Content).Length, 1, 420));
        }
    }

    [Fact]
    public void Splits_do_not_share_pages()
    {
        using var sources = built.Open();
        var keys = Enum.GetValues<DataSplit>().Select(split => Enumerable.Range(0, 100).Select(i => sources.Sequences(split)["manuals"].Get((ulong)i).Key.Split('#')[0]).ToHashSet()).ToList();

        Assert.Empty(keys[0].Intersect(keys[1]).Concat(keys[0].Intersect(keys[2])).Concat(keys[1].Intersect(keys[2])));
    }

    [Fact]
    public void Slices_hold_three_to_six_parts_and_know_nothing()
    {
        using var sources = built.Open();

        for (ulong i = 0; i < 50; i++)
        {
            var sample = sources.Sequences(DataSplit.Train)["manuals"].Get(i);
            Assert.InRange(sample.Parts.Count, 3, 6);
            Assert.All(sample.Parts, static part => Assert.True(part.Knowledge.IsEmpty));
        }
    }

    [Fact]
    public void A_figure_is_paired_with_its_caption()
    {
        using var sources = built.Open();
        var pair = Assert.Single(sources.Pairs(DataSplit.Train)["figures"].Get(3).Pairs);

        var picture = Assert.IsType<PictureContent>(Assert.Single(pair.Left.Parts)).Picture;
        Assert.Equal(3 * 128 * 128, picture.Rgb.Length);
        Assert.Matches("^The Gadget[A-J]+ tool at work$", Text(pair.Right));
        Assert.True(picture.Rgb.Span.ContainsAnyExcept(picture.Rgb.Span[0]));
    }

    [Fact]
    public void Glosses_come_in_groups_of_neighbours()
    {
        using var sources = built.Open();
        var group = sources.Pairs(DataSplit.Train)["glosses"].Get(5);

        Assert.Equal(4, group.Pairs.Select(static pair => Text(pair.Left)).Distinct().Count());
        Assert.All(group.Pairs, static pair => Assert.Equal($"word{Text(pair.Right).Split(' ')[^1]}", Text(pair.Left)));
    }

    /// <summary>As a word of its own: "ModelB" is not named by "ModelBA".</summary>
    private static bool Names(string question, string name) => Regex.IsMatch(question, $@"\b{Regex.Escape(name)}\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static string Text(Content content) => string.Join('\n', content.Parts.OfType<TextContent>().Select(static part => part.Text));

    private static string Write(DialogueSample sample) => string.Join('|', sample.Evidence.Select(static item => $"{item.Title}:{Text(item.Content)}").Append(Text(sample.Question)).Append(sample.Answer));
}
