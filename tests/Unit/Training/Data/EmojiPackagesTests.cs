using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Emoji.Import;

namespace UnifiedVlm.Tests.Unit.Training.Data;

public sealed class EmojiPackagesTests : IDisposable
{
    private const string Square = """<svg id="emoji" viewBox="0 0 72 72" xmlns="http://www.w3.org/2000/svg" xmlns:x="urn:x"><g><rect x:a="1" width="9" height="9"/></g></svg>""";

    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-emoji-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Versions_of_one_thing_are_one_concept_drawn_by_its_neutral_version()
    {
        WritePackages();
        var concepts = EmojiPackages.Read(folder);

        Assert.Equal(["1F3C3", "1F431", "2600"], concepts.Select(static concept => concept.Id));
        var runner = concepts[0];
        Assert.Equal("person running", runner.Label);
        Assert.Equal(["exercise", "fast", "marathon"], runner.Tags);
        Assert.Contains("neutral", runner.Art[(int)EmojiStyle.Noto]!.Body, StringComparison.Ordinal);
        Assert.Equal("0 0 128 128", runner.Art[(int)EmojiStyle.Noto]!.ViewBox);
        Assert.Null(runner.Art[(int)EmojiStyle.Twemoji]);
    }

    [Fact]
    public void A_file_name_with_a_variation_selector_and_a_frame_of_its_own_are_found()
    {
        WritePackages();
        var sun = EmojiPackages.Read(folder)[2];

        var art = sun.Art[(int)EmojiStyle.OpenMoji]!;
        Assert.Equal(("0 0 72 72", "xmlns:x=\"urn:x\""), (art.ViewBox, art.Namespaces));
        Assert.DoesNotContain("</svg>", art.Body, StringComparison.Ordinal);
        Assert.Equal("0 0 36.5 36", sun.Art[(int)EmojiStyle.Twemoji]!.ViewBox);
    }

    [Fact]
    public void A_damaged_package_is_named()
    {
        WritePackages();
        File.WriteAllText(Path.Combine(folder, "noto", "icons.json"), "{");
        var error = Assert.Throws<DataException>(() => EmojiPackages.Read(folder));
        Assert.Contains("icons.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("deploy/emoji.sh", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2600-FE0F", "2600")]
    [InlineData("1F3C3-1F3FD-200D-2640-FE0F", "1F3C3")]
    [InlineData("1f469-200d-1f52c", "1F9D1-200D-1F52C")]
    [InlineData("1F408-200D-2B1B", "1F408-200D-2B1B")]
    public void Skin_tone_gender_and_variation_selectors_make_no_concept(string hexcode, string id) => Assert.Equal(id, ConceptId.Of(hexcode));

    [Fact]
    public void Ids_of_drawings_on_one_sheet_are_kept_apart()
    {
        var art = new IconArt("0 0 16 16", "", """<g id="a"/><use href="#a"/><use xlink:href="#a"/><rect fill="url(#a)" width="9"/>""");
        var sheet = SvgSheet.Compose([art, art]);

        Assert.Contains("""<g id="i0-a"/><use href="#i0-a"/><use xlink:href="#i0-a"/><rect fill="url(#i0-a)" width="9"/>""", sheet, StringComparison.Ordinal);
        Assert.Contains("""<g id="i1-a"/>""", sheet, StringComparison.Ordinal);
        Assert.Contains("""x="96" y="0" width="96" height="96" viewBox="0 0 16 16">""", sheet, StringComparison.Ordinal);
    }

    private void WritePackages()
    {
        Write("openmoji/data/openmoji.json", $"""
            [{Entry("1F3C3-200D-2640-FE0F", "people-body", "person-activity", "woman running")},
             {Entry("1F3C3", "people-body", "person-activity", "person running", "fast, marathon")},
             {Entry("1F3C3-1F3FB", "people-body", "person-activity", "person running: light skin tone")},
             {Entry("2600-FE0F", "travel-places", "sky-weather", "sun")},
             {Entry("1F431", "animals-nature", "animal-mammal", "cat face")},
             {Entry("1F1E6-1F1E9", "flags", "country-flag", "flag: Andorra")},
             {Entry("1F550", "travel-places", "time", "one o’clock")},
             {Entry("E000", "extras-openmoji", "brand", "brand")}]
            """);
        foreach (var file in new[] { "1F3C3", "2600-FE0F", "1F431" })
            Write($"openmoji/color/svg/{file}.svg", Square);
        Write("emojibase/en/data.json", """[{"hexcode":"1F3C3","label":"person running","tags":["exercise","marathon"]}]""");
        Write("noto/icons.json", """{"width":128,"height":128,"icons":{"running":{"body":"<neutral/>"},"woman":{"body":"<woman/>"}}}""");
        Write("noto/chars.json", """{"1f3c3":"running","1f3c3-200d-2640":"woman"}""");
        Write("twemoji/icons.json", """{"width":36,"height":36,"icons":{"sun":{"body":"<sun/>","width":36.5}}}""");
        Write("twemoji/chars.json", """{"2600":"sun","1f431":"missing"}""");
    }

    private static string Entry(string hexcode, string group, string subgroups, string annotation, string tags = "") =>
        $$"""{"hexcode":"{{hexcode}}","group":"{{group}}","subgroups":"{{subgroups}}","annotation":"{{annotation}}","tags":"{{tags}}","openmoji_tags":""}""";

    private void Write(string path, string text)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
