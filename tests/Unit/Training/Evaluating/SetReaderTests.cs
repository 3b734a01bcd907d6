using UnifiedVlm.Documents;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

/// <summary>Small files in the formats that others publish, and what is said when one is broken.</summary>
public sealed class SetReaderTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "evaluation", "eval");

    private readonly DirectoryInfo temporary = Directory.CreateTempSubdirectory("uvlm-sets-");

    public void Dispose() => temporary.Delete(recursive: true);

    [Fact]
    public void A_manifest_names_sets_and_where_they_lie()
    {
        var entries = SetManifest.Load(Folder);
        Assert.Equal(["captions", "hard-negatives", "winoground", "stories", "pope", "questions"], entries.Select(static e => e.Name));
        Assert.Equal(Enum.GetValues<SetFormat>(), entries.Select(static e => e.Format));
        Assert.All(entries, static e => Assert.True(Path.Exists(e.Path) && Directory.Exists(e.Images)));
        Assert.Equal([48, 8], [entries[0].MaxTokens, entries[5].MaxTokens]);
    }

    [Fact]
    public void Karpathy_s_file_gives_its_split_with_all_sentences()
    {
        var set = Assert.IsType<CaptionSet>(Load("captions"));
        Assert.Equal(["0", "2", "3"], set.Items.Select(static i => i.Id));
        // One lies in the folder that filepath names, the others beside it.
        Assert.Equal(["val2014/COCO_val2014_000000000042.jpg", "dog.png", "cat.png"], set.Items.Select(static i => i.Picture));
        Assert.Equal(["A square of many colours.", "Colours side by side."], set.Items[0].Captions);
        var entry = Entry("captions");
        Assert.Equal(4, SetLoader.Load(entry with { Split = "all" }).Count);
        Assert.Equal("1", Assert.Single(((CaptionSet)SetLoader.Load(entry with { Split = "restval" })).Items).Id);
        Assert.Equal(1, SetLoader.Load(entry, 1).Count);
    }

    [Fact]
    public void Karpathy_s_file_is_cut_into_galleries_of_equal_size()
    {
        var entry = Entry("captions") with { Split = "all" };
        var set = (CaptionSet)SetLoader.Load(entry with { Gallery = 3 });
        Assert.Equal(["0", "1", "2"], Assert.Single(set.Galleries).Select(static i => i.Id));
        Assert.Contains("1 gallery of 3; the last 1 ", set.Note, StringComparison.Ordinal);
        set = (CaptionSet)SetLoader.Load(entry with { Gallery = 2 });
        Assert.Equal(["0 1", "2 3"], set.Galleries.Select(static gallery => string.Join(' ', gallery.Select(static i => i.Id))));
        Assert.DoesNotContain("left out", set.Note, StringComparison.Ordinal);

        // Where there are no more than that, all compete.
        Assert.All([4, 5, (int?)null], size =>
        {
            var whole = (CaptionSet)SetLoader.Load(entry with { Gallery = size });
            Assert.Equal(4, Assert.Single(whole.Galleries).Count);
            Assert.Null(whole.Note);
        });
    }

    [Fact]
    public void SugarCrepe_s_files_give_a_kind_each_and_mirrors_their_pictures()
    {
        var set = Assert.IsType<HardNegativeSet>(Load("hard-negatives"));
        Assert.Equal(["replace_obj/7", "swap_att/0", "swap_att/1"], set.Items.Select(static i => i.Id));
        Assert.Equal([null, "dog.png", "cat.png"], set.Items.Select(static i => i.NegativePicture));
        Assert.Equal(new HardNegative("replace_obj/7", "replace_obj", "cat.png", "A cat.", "A cow.", null), set.Items[0]);
        var file = Entry("hard-negatives");
        Assert.Equal(2, SetLoader.Load(file with { Path = Path.Combine(file.Path, "swap_att.json") }).Count);
    }

    [Fact]
    public void Winoground_s_examples()
    {
        var set = Assert.IsType<WinogroundSet>(Load("winoground"));
        Assert.Equal(2, set.Count);
        Assert.Equal(
            new WinogroundItem("0", "ex_0_img_0.png", "ex_0_img_1.png", "an old person kisses a young person", "a young person kisses an old person", "Object"), set.Items[0]);
    }

    [Fact]
    public void Vist_s_annotations_are_put_in_order_and_stories_without_their_pictures_left_out()
    {
        var set = Assert.IsType<StorySet>(Load("stories"));
        Assert.Equal(["30355", "30356"], set.Items.Select(static s => s.Id));
        Assert.Equal(["we came to the harbour.", "then we saw the boats.", "at night we went home."], set.Items[0].Steps.Select(static s => s.Text));
        Assert.Equal(["695160730.png", "695160731.png", "695160732.png"], set.Items[0].Steps.Select(static s => s.Picture));
        Assert.Contains("1 of 3 stories", set.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Pope_s_questions()
    {
        var set = Assert.IsType<PopeSet>(Load("pope"));
        Assert.Equal([true, false, true], set.Items.Select(static i => i.IsYes));
        Assert.Equal(new PopeItem("2", "cat.png", "Is there a dog in the image?", false), set.Items[1]);
    }

    [Fact]
    public void Questions_with_and_without_evidence()
    {
        var set = Assert.IsType<QuestionSet>(Load("questions"));
        Assert.Equal(["q1", "q2", "q3"], set.Items.Select(static i => i.Id));
        Assert.Null(set.Items[0].Evidence);
        Assert.Equal(["a cat", "cat"], set.Items[0].Answers);
        Assert.Equal("Crop", Assert.Single(set.Items[1].Evidence!).Title);
        Assert.Equal("cat.png", ((FileImage)((ImagePart)set.Items[0].Question.Parts[0]).Source).Path);
        Assert.Equal([true, true, false], set.Items.Select(static i => i.IsAnswerable));
        Assert.Equal(8, set.MaxTokens);
    }

    [Fact]
    public void Questions_that_nothing_is_measured_on_are_counted()
    {
        var path = Path.Combine(temporary.FullName, "questions.jsonl");
        const string Question = """{"id":"q","parts":[{"type":"text","text":"x"}],"answers":["x"]""";
        const string Evidence = ""","evidence":[{"parts":[{"type":"text","text":"y"}]}]""";
        File.WriteAllLines(path, [Question + "}", Question + ",\"answerable\":false}", Question + Evidence + ",\"answerable\":false}"]);
        Assert.StartsWith("1 of 3 questions are left out", SetLoader.Load(new SetEntry("s", SetFormat.Questions, path, null)).Note, StringComparison.Ordinal);
        Assert.Null(Load("questions").Note);
    }

    [Theory]
    [InlineData(SetFormat.Karpathy, "[]", "is an array; it must be an object")]
    [InlineData(SetFormat.Karpathy, "{}", "images is missing")]
    [InlineData(SetFormat.Karpathy, "{", "is not valid JSON")]
    [InlineData(SetFormat.Karpathy, """{"images":[{"filename":"a.png","sentences":[{"raw":"x"}]},{"filename":"a.png"}]}""", "images[1]: sentences is missing")]
    [InlineData(SetFormat.Karpathy, """{"images":[{"filename":"a.png","sentences":[]}]}""", "images[0]: sentences is empty")]
    [InlineData(SetFormat.Karpathy, """{"images":[{"filename":"a.png","sentences":[{"raw":" "}]}]}""", "images[0].sentences[0]: raw is a string; it must be a string that is not blank")]
    [InlineData(SetFormat.Karpathy, """{"images":[{"filename":"b.png","sentences":[{"raw":"x"}]}]}""", "images[0]: filename names the picture 'b.png'")]
    [InlineData(SetFormat.Karpathy, """{"images":[{"filename":"a.png","split":"train","sentences":[{"raw":"x"}]}]}""", "there are train")]
    [InlineData(SetFormat.SugarCrepe, """{"0":{"filename":"a.png","caption":"x"}}""", "0: negative_caption is missing")]
    [InlineData(SetFormat.SugarCrepe, "3", "must be an object of numbered items")]
    [InlineData(SetFormat.Winoground, "{\"id\":0}\n", "line 1: image_0 is missing")]
    [InlineData(SetFormat.Winoground, "\nnonsense\n", "line 2: is not valid JSON")]
    [InlineData(SetFormat.Winoground, "{\"id\":0,\"image_0\":\"a\",\"image_1\":\"a\",\"caption_0\":\"x\",\"caption_1\":7}", "line 1: caption_1 is a number; it must be a string")]
    [InlineData(SetFormat.Vist, """{"annotations":[[]]}""", "annotations[0]: holds 0 sentences")]
    [InlineData(SetFormat.Vist, """{"annotations":[[{"story_id":"1","photo_flickr_id":"a","text":"x"}]]}""", "annotations[0]: worker_arranged_photo_order is missing")]
    [InlineData(SetFormat.Pope, """{"question_id":1,"image":"a.png","text":"x","label":"maybe"}""", "line 1: label is 'maybe'; it must be yes or no")]
    [InlineData(SetFormat.Questions, """{"id":"q","parts":[],"answers":["x"]}""", "line 1: parts is empty")]
    [InlineData(SetFormat.Questions, """{"id":"q","parts":[{"type":"text","text":"x"}],"answers":[]}""", "line 1: answers is empty, but the question is answerable")]
    [InlineData(SetFormat.Questions, """{"id":"q","parts":[{"type":"text","text":"x"}],"answers":["x"],"answerable":"yes"}""", "line 1: answerable is a string; it must be true or false")]
    [InlineData(SetFormat.Questions, """{"id":"q","parts":[{"type":"text","text":"x"}],"answers":["x"],"evidence":[{"parts":[{"type":"film"}]}]}""", "line 1: evidence[0].parts[0].type 'film' is not a kind of part")]
    public void What_is_broken_is_named_with_file_item_and_field(SetFormat format, string content, string expected) => Broken(format, content, expected);

    private void Broken(SetFormat format, string content, string expected)
    {
        File.WriteAllBytes(Path.Combine(temporary.FullName, "a.png"), TestPictures.Png(4, 4));
        var path = Path.Combine(temporary.FullName, "set.json");
        File.WriteAllText(path, content);
        var error = Assert.Throws<SetFormatException>(() => SetLoader.Load(new SetEntry("s", format, path, null)));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "a.JPG")]
    [InlineData("a", "a.png")]
    [InlineData("a.jpeg", "a.jpeg")]
    public void A_picture_may_be_a_link_to_elsewhere_and_its_name_lack_the_extension(string name, string file)
    {
        var (blobs, pictures) = (temporary.CreateSubdirectory("blobs"), temporary.CreateSubdirectory("snapshot"));
        File.WriteAllBytes(Path.Combine(blobs.FullName, "0123"), TestPictures.Png(4, 4));
        File.CreateSymbolicLink(Path.Combine(pictures.FullName, file), "../blobs/0123");
        var path = Path.Combine(temporary.FullName, "pope.json");
        File.WriteAllText(path, $$"""{"question_id":1,"image":"{{name}}","text":"x","label":"yes"}""");

        var set = Assert.IsType<PopeSet>(SetLoader.Load(new SetEntry("s", SetFormat.Pope, path, pictures.FullName)));

        Assert.Equal("image/png", set.Pictures!.Read("image", Assert.Single(set.Items).Picture).MediaType);
    }

    [Fact]
    public void Lone_surrogates_are_no_text()
    {
        Broken(SetFormat.Questions, """{"id":"q","parts":[{"type":"text","text":"x"}],"answers":["\ud800"]}""", "line 1: answers is no valid Unicode");
        Broken(SetFormat.SugarCrepe, """{"\ud800":{"filename":"a.png","caption":"x","negative_caption":"y"}}""", "the name of item 1 is no valid Unicode");
        Broken(SetFormat.Pope, """{"question_id":1,"image":"a.png","text":"x","label":"no","\ud800":1}""", "can't be looked for: the name of a field beside it is no valid Unicode");
    }

    [Fact]
    public void A_split_that_is_not_there_is_told_with_those_that_are()
    {
        var entry = Entry("captions");
        var error = Assert.Throws<SetFormatException>(() => SetLoader.Load(entry with { Split = "tset" }));
        Assert.EndsWith("has no picture of the split 'tset'; there are restval, test", error.Message, StringComparison.Ordinal);
        Assert.Throws<SetFormatException>(() => SetLoader.Load(entry with { Split = "test,val" }));
        Assert.Equal(["0", "1", "2", "3"], ((CaptionSet)SetLoader.Load(entry with { Split = "restval, test" })).Items.Select(static i => i.Id));
        Assert.Equal(1, SetLoader.Load(entry, 1).Count);
    }

    [Fact]
    public void Stories_whose_pictures_are_all_missing_say_so()
    {
        var entry = Entry("stories") with { Images = temporary.FullName };
        Assert.Contains($"3 of 3 stories lack a picture in {temporary.FullName}", Assert.Throws<SetFormatException>(() => SetLoader.Load(entry)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blank_tag_is_none()
    {
        File.WriteAllBytes(Path.Combine(temporary.FullName, "a.png"), TestPictures.Png(4, 4));
        var path = Path.Combine(temporary.FullName, "examples.jsonl");
        const string Item = """{"id":0,"image_0":"a","image_1":"a","caption_0":"x","caption_1":"y","collapsed_tag":"","tag":""";
        File.WriteAllLines(path, [Item + "\"\"}", Item + "\"t\"}"]);
        Assert.Equal([null, "t"], ((WinogroundSet)SetLoader.Load(new SetEntry("s", SetFormat.Winoground, path, null))).Items.Select(static i => i.Kind));
    }

    [Fact]
    public void Items_that_cannot_be_read_are_left_out_and_told()
    {
        File.WriteAllBytes(Path.Combine(temporary.FullName, "a.png"), TestPictures.Png(4, 4));
        const string Good = """{"question_id":1,"image":"a.png","text":"x","label":"yes"}""";
        var (pope, left) = Load(SetFormat.Pope, $"{Good}\nnonsense\n{Good.Replace("yes", "maybe", StringComparison.Ordinal)}\n{Good}");
        Assert.Equal(2, pope.Count);
        Assert.Collection(left, static m => Assert.Contains("line 2: is not valid JSON", m, StringComparison.Ordinal), static m => Assert.Contains("line 3: label", m, StringComparison.Ordinal));

        // A story that lacks a sentence is another one, so it goes as a whole.
        static string Sentence(string story, int order, string text) => $$"""[{"story_id":"{{story}}","worker_arranged_photo_order":{{order}},"photo_flickr_id":"a","text":"{{text}}"}]""";
        var (stories, lost) = Load(SetFormat.Vist, $$"""{"annotations":[{{Sentence("s", 0, "x")}},{{Sentence("s", 1, "y")}},{{Sentence("t", 0, "x")}},{{Sentence("t", 1, "y")}},{{Sentence("t", 2, " ")}}]}""");
        Assert.Equal("s", Assert.Single(((StorySet)stories).Items).Id);
        Assert.Contains("annotations[4]: text", Assert.Single(lost), StringComparison.Ordinal);

        var error = Assert.Throws<SetFormatException>(() => Load(SetFormat.Pope, "nonsense"));
        Assert.Contains("holds no item for 's' that can be used; the first of 1: ", error.Message, StringComparison.Ordinal);

        (EvaluationSet, IReadOnlyList<string>) Load(SetFormat format, string content)
        {
            var path = Path.Combine(temporary.FullName, "set.json");
            File.WriteAllText(path, content);
            var reading = ItemReading.KeepingGoing();
            return (SetLoader.Load(new SetEntry("s", format, path, null), null, reading), reading.LeftOut);
        }
    }

    [Fact]
    public void A_set_is_told_by_its_texts_answers_and_the_bytes_of_its_pictures()
    {
        var picture = Path.Combine(temporary.FullName, "a.png");
        File.WriteAllBytes(picture, TestPictures.Png(4, 4));
        const string Item = """{"question_id":1,"image":"a.png","text":"A cat?","label":"yes"}""";
        var before = Digest(Item);
        Assert.Equal(before, Digest(Item));
        Assert.All([Digest(Item.Replace("cat", "dog", StringComparison.Ordinal)), Digest(Item.Replace("yes", "no", StringComparison.Ordinal)), Digest($"{Item}\n{Item}")], other => Assert.NotEqual(before, other));
        File.WriteAllBytes(picture, TestPictures.Png(5, 4));
        Assert.NotEqual(before, Digest(Item));

        string Digest(string content)
        {
            var path = Path.Combine(temporary.FullName, "set.json");
            File.WriteAllText(path, content);
            return ContentsDigest.Of(SetLoader.Load(new SetEntry("s", SetFormat.Pope, path, null)));
        }
    }

    [Fact]
    public void Every_set_can_do_without_an_item()
    {
        Assert.All(SetManifest.Load(Folder), static entry =>
        {
            var set = SetLoader.Load(entry);
            Assert.Equal(set.Count, set.Contents.Count());
            var rest = set.Without(new HashSet<int> { 0 });
            Assert.Equal(set.Contents.Skip(1).Select(static i => i.Id), rest.Contents.Select(static i => i.Id));
            Assert.NotEqual(ContentsDigest.Of(set), ContentsDigest.Of(rest));
        });
        var captions = (CaptionSet)SetLoader.Load(Entry("captions") with { Split = "all", Gallery = 2 });
        Assert.Equal(2, captions.Candidates);
        var cut = (CaptionSet)captions.Without(new HashSet<int> { 0 });
        Assert.Equal("1 2", string.Join(' ', Assert.Single(cut.Galleries).Select(static i => i.Id)));
        Assert.Contains("the last 1 ", cut.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"name":"a","format":"coco","path":"x"}]""", "there is no format 'coco'; there are karpathy, sugarcrepe, winoground, vist, pope, questions")]
    [InlineData("""[{"name":"a","format":"pope"}]""", "[0]: path is missing")]
    [InlineData("""[{"name":"a","format":"pope","path":"x"},{"name":"a","format":"pope","path":"y"}]""", "two sets are named 'a'")]
    [InlineData("""[{"name":"a","format":"karpathy","path":"x","gallery":1}]""", "[0]: gallery must be at least 2")]
    [InlineData("""[{"name":"a","format":"karpathy","path":"x","generated":-1}]""", "[0]: generated must be at least 0")]
    [InlineData("""[{"name":"a","format":"questions","path":"x","max_tokens":0}]""", "[0]: max_tokens must be at least 1")]
    [InlineData("""[{"name":"a","format":"questions","path":"x","max_tokens":-5}]""", "[0]: max_tokens must be at least 1")]
    [InlineData("{}", "must be an array of sets")]
    public void A_broken_manifest(string content, string expected)
    {
        File.WriteAllText(Path.Combine(temporary.FullName, SetManifest.FileName), content);
        Assert.Contains(expected, Assert.Throws<SetFormatException>(() => SetManifest.Load(temporary.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_or_folder_that_is_not_there()
    {
        foreach (var format in Enum.GetValues<SetFormat>())
            Assert.Throws<SetFormatException>(() => SetLoader.Load(new SetEntry("s", format, Path.Combine(temporary.FullName, "none.json"), temporary.FullName)));
        Assert.Throws<SetFormatException>(() => SetLoader.Load(new SetEntry("s", SetFormat.Pope, "x", Path.Combine(temporary.FullName, "none"))));
        Assert.Throws<SetFormatException>(() => SetManifest.Load(temporary.FullName));
    }

    private static SetEntry Entry(string name) => SetManifest.Load(Folder).Single(entry => entry.Name == name);

    private static EvaluationSet Load(string name) => SetLoader.Load(Entry(name));
}
