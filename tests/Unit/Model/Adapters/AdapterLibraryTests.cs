using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Tests.Unit.Model.Adapters;

public sealed class AdapterLibraryTests : IDisposable
{
    private readonly AdaptedModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void Each_generation_chooses_its_adapter_and_they_may_take_turns()
    {
        Save("one", 1);
        Save("two", 2);
        using var loaded = UnifiedModelLoader.Load(model.Folder, TestDevice.Name, seed: 1);
        Assert.Equal(["one", "two"], loaded.Adapters.Names);
        var (plain, one, two) = (Run(loaded, null), Run(loaded, "one"), Run(loaded, "two"));
        Assert.NotEqual(plain, one);
        Assert.NotEqual(plain, two);
        Assert.NotEqual(one, two);

        var steps = new[] { null, "one", "two" }.Select(name => Steps(loaded, name).GetEnumerator()).ToList();
        var turns = steps.Select(static _ => new List<int>()).ToList();
        for (var more = true; more;)
        {
            more = false;
            for (var i = 0; i < steps.Count; i++)
            {
                if (!steps[i].MoveNext())
                    continue;
                turns[i].Add(steps[i].Current.Id);
                more = true;
            }
        }

        Assert.Equal([plain, one, two], turns);
    }

    [Fact]
    public void Batches_mix_adapters()
    {
        Save("one", 1);
        using var loaded = UnifiedModelLoader.Load(model.Folder, TestDevice.Name, seed: 1);
        using var first = Prompt(loaded);
        using var second = Prompt(loaded);
        var texts = loaded.BatchGenerator.Generate([new(first, Sampling(null)), new(second, Sampling("one"))], default);
        Assert.Equal(Text(null), texts[0].Text);
        Assert.Equal(Text("one"), texts[1].Text);

        string Text(string? name) => string.Concat(Steps(loaded, name).Select(static t => t.Text));
    }

    [Fact]
    public void An_unknown_adapter_is_refused_with_those_that_there_are()
    {
        Save("one", 1);
        Save("two", 2);
        using var loaded = UnifiedModelLoader.Load(model.Folder, TestDevice.Name, seed: 1);
        var error = Assert.Throws<UnknownAdapterException>(() => Run(loaded, "three"));
        Assert.Equal("There is no adapter 'three'; there are 'one', 'two'.", error.Message);
        Assert.Equal(["one", "two"], error.Known);
        var refused = Assert.Throws<DocumentRejectedException>(() => AdapterChoice.ForGeneration("three", loaded.Adapters.Names));
        Assert.Equal("adapter", refused.Field);
        Assert.Contains("'one', 'two'", refused.Message, StringComparison.Ordinal);
        AdapterChoice.ForGeneration("two", loaded.Adapters.Names);
        AdapterChoice.ForGeneration(null, []);
    }

    [Fact]
    public void The_encoding_adapter_changes_vectors_and_fingerprint_and_the_refusal_names_both()
    {
        Save("one", 1);
        Save("two", 2);
        var (plainPrint, plainVector) = Encode(null);
        var (onePrint, oneVector) = Encode("one");
        var (twoPrint, _) = Encode("two");
        Assert.StartsWith(plainPrint + "+one-", onePrint, StringComparison.Ordinal);
        Assert.StartsWith(plainPrint + "+two-", twoPrint, StringComparison.Ordinal);
        Assert.NotEqual(plainVector, oneVector);
        var message = new IndexMismatchException(new IndexGeneration(4, onePrint, 32, GenerationState.Live), twoPrint, 32).Message;
        Assert.Contains("+one-", message, StringComparison.Ordinal);
        Assert.Contains("+two-", message, StringComparison.Ordinal);

        Save("one", 3);
        Assert.NotEqual(onePrint, Encode("one").Fingerprint);
        var error = Assert.Throws<ConfigException>(() => Encode("three"));
        Assert.Equal("encoding_adapter", error.Field);
        Assert.Contains("'one', 'two'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_with_another_adapter_than_the_indexs_is_refused_naming_both()
    {
        AdapterChoice.ForSearch(null, "one");
        AdapterChoice.ForSearch("one", "one");
        var error = Assert.Throws<DocumentRejectedException>(() => AdapterChoice.ForSearch("two", "one"));
        Assert.Equal("adapter", error.Field);
        Assert.Contains("'two'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'one'", error.Message, StringComparison.Ordinal);
        Assert.Contains("without an adapter", Assert.Throws<DocumentRejectedException>(() => AdapterChoice.ForSearch("two", null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_adapter_stops_the_load()
    {
        Directory.CreateDirectory(Path.Combine(model.Folder, AdapterLibrary.FolderName, "half"));
        Assert.Contains("half", Assert.Throws<ConfigException>(() => UnifiedModelLoader.Load(model.Folder, seed: 1)).Path, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(model.Folder, AdapterLibrary.FolderName, "half"));
        foreach (var name in (string[])["a name", "name\n"])
        {
            var folder = Directory.CreateDirectory(Path.Combine(model.Folder, AdapterLibrary.FolderName, name));
            Assert.Contains("rename", Assert.Throws<ConfigException>(() => UnifiedModelLoader.Load(model.Folder, seed: 1)).Problem, StringComparison.Ordinal);
            folder.Delete();
        }
    }

    private static SamplingOptions Sampling(string? adapter) => SamplingOptions.Greedy with { MaxTokens = 8, Adapter = adapter };

    private static GenerationPrompt Prompt(UnifiedModel loaded) => loaded.Prompts.Build(Samples.Document(Samples.Text("What is this?"), Samples.Picture(1)), [], 8, default);

    private static List<int> Run(UnifiedModel loaded, string? adapter) => [.. Steps(loaded, adapter).Select(static t => t.Id)];

    private static IEnumerable<GeneratedToken> Steps(UnifiedModel loaded, string? adapter)
    {
        using var prompt = Prompt(loaded);
        foreach (var token in loaded.Generator.Generate(prompt, Sampling(adapter), default))
            yield return token;
    }

    private void Save(string name, int seed)
    {
        using var adapter = model.Adapter(AdaptedModel.Config with { Alpha = 60 }, seed);
        adapter.Save(Path.Combine(model.Folder, AdapterLibrary.FolderName, name));
    }

    private (string Fingerprint, float[] Vector) Encode(string? adapter)
    {
        new PreparationSettings { EncodingAdapter = adapter }.Save(model.Folder);
        using var loaded = UnifiedModelLoader.Load(model.Folder, TestDevice.Name, seed: 1);
        using var prepared = loaded.Preparer.Prepare(Samples.Document(Samples.Text("A cat sits on a mat.")), default);
        return (loaded.Encoder.Fingerprint, loaded.Encoder.Encode([prepared], default)[0].DocumentVector.ToArray());
    }
}
