using System.Security.Cryptography;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Build;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Emoji.Import;

namespace UnifiedVlm.Tests.Unit.Training.Data;

public sealed class BuildTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-data-build-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_one_another_split()
    {
        var (first, second, other) = (Path.Combine(folder, "1"), Path.Combine(folder, "2"), Path.Combine(folder, "3"));
        TinyData.Build(first, 7);
        TinyData.Build(second, 7);
        TinyData.Build(second, 7);
        TinyData.Build(other, 8);

        var files = Hashes(first);
        Assert.Contains("report.html", files.Keys);
        Assert.Contains("LICENCES.md", files.Keys);
        Assert.Equal(files, Hashes(second));
        Assert.NotEqual(
            Catalogue.Read(first).Concepts.Select(static concept => concept.Split), Catalogue.Read(other).Concepts.Select(static concept => concept.Split));
    }

    [Fact]
    public void A_concept_belongs_to_one_split_in_all_styles_and_most_are_for_training()
    {
        var (catalogue, sprites, dropped) = CatalogueBuilder.Build(FakeEmoji.Concepts(400, 0), 1);

        Assert.Equal(0, dropped);
        Assert.Equal(3 * catalogue.Concepts.Count, sprites.Count);
        Assert.Equal(Enumerable.Range(0, sprites.Count), catalogue.Concepts.SelectMany(static concept => concept.Sprites));
        Assert.InRange(catalogue.Concepts.Count(static concept => concept.Split == DataSplit.Train) / (double)catalogue.Concepts.Count, 0.8, 0.92);
        Assert.Contains(catalogue.Concepts, static concept => concept.Split == DataSplit.Validation);
        Assert.Contains(catalogue.Concepts, static concept => concept.Split == DataSplit.Test);
    }

    [Fact]
    public void A_later_split_loses_pictures_that_look_like_a_training_picture()
    {
        var drawn = FakeEmoji.Concepts();
        var before = CatalogueBuilder.Build(drawn, 1).Catalogue;
        var train = drawn.Single(concept => concept.Id == before.Concepts.First(static concept => concept.Split == DataSplit.Train).Id);
        var tests = before.Concepts.Where(static concept => concept.Split == DataSplit.Test).Select(static concept => concept.Id).Take(2).ToList();
        var copy = (byte[])train.Sprites[1]!.Clone();
        copy[5] ^= 3;
        // The first test concept loses one of its styles, the second all three.
        drawn = [.. drawn.Select(concept => concept.Id == tests[0] ? concept with { Sprites = [concept.Sprites[0], copy, concept.Sprites[2]] }
            : concept.Id == tests[1] ? concept with { Sprites = [copy, copy, copy] } : concept)];
        var (after, _, dropped) = CatalogueBuilder.Build(drawn, 1);

        Assert.Equal(4, dropped);
        Assert.Equal(-1, after.Concepts.Single(concept => concept.Id == tests[0]).Sprite(EmojiStyle.Noto));
        Assert.DoesNotContain(after.Concepts, concept => concept.Id == tests[1]);
        Assert.Contains(after.Concepts, concept => concept.Id == train.Id);
    }

    [Fact]
    public void A_folder_without_data_is_refused_with_the_command_that_makes_it()
    {
        var error = Assert.Throws<DataException>(() => TrainingData.Open(folder));
        Assert.Contains("catalogue.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("deploy/data.sh", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("catalogue.json", "{\"seed\":1}")]
    [InlineData("catalogue.json", "null")]
    [InlineData("sprites.safetensors", "not a tensor file at all")]
    public void Damaged_data_is_refused_by_the_name_of_its_file(string file, string content)
    {
        var (catalogue, sprites, _) = CatalogueBuilder.Build(FakeEmoji.Concepts(), 7);
        catalogue.Write(folder);
        SpriteAtlas.Write(folder, sprites);
        File.WriteAllText(Path.Combine(folder, file), content);
        Assert.Contains(file, Assert.Throws<DataException>(() => TrainingData.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_sources_are_named_with_the_command_that_fetches_them()
    {
        var error = await Assert.ThrowsAsync<DataException>(() => new DataBuilder(Path.Combine(folder, "out"), 1).BuildAsync(Path.Combine(folder, "none"), withManuals: true));
        Assert.Contains("deploy/emoji.sh", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "out")));
    }

    [Fact]
    public async Task A_missing_rasteriser_is_named_with_the_command_that_installs_it()
    {
        var error = await Assert.ThrowsAsync<DataException>(() => new Rasteriser("uvlm-no-such-program").DrawAsync([new IconArt("0 0 1 1", "", "")], null, default));
        Assert.Contains("librsvg2-bin", error.Message, StringComparison.Ordinal);
        Assert.Contains("deploy/emoji.sh", error.Message, StringComparison.Ordinal);
    }

    internal static Dictionary<string, string> Hashes(string root) => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .ToDictionary(file => Path.GetRelativePath(root, file), static file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
}
