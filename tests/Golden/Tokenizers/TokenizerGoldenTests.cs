using System.Text.Json;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Golden.Tokenizers;

/// <summary>Ids and decoded texts as the reference implementation gives them, for public tokenizers that deploy/install.sh --for-tests fetches.</summary>
public sealed class TokenizerGoldenTests
{
    private static readonly Dictionary<string, Lazy<Tokenizer>> Tokenizers = new[] { "qwen3", "llama2" }
        .ToDictionary(static name => name, static name => new Lazy<Tokenizer>(() => Tokenizer.Load(PathOf(name))));

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var name in Tokenizers.Keys)
        {
            for (var i = 0; i < Read(name).Length; i++)
                cases.Add(name, i);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ids_and_text_are_the_references(string name, int index)
    {
        var (text, ids, decoded) = Read(name)[index];
        Assert.Equal(ids, Tokenizers[name].Value.EncodeWithSpecials(text));
        Assert.Equal(decoded, Tokenizers[name].Value.Decode(ids));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Text_of_users_gives_no_special_id_and_otherwise_the_same(string name, int index)
    {
        var (text, ids, decoded) = Read(name)[index];
        var tokenizer = Tokenizers[name].Value;
        var plain = tokenizer.Encode(text);
        Assert.DoesNotContain(plain, tokenizer.IsSpecial);
        Assert.Equal(decoded, tokenizer.Decode(plain));
        if (!ids.Any(tokenizer.IsSpecial))
            Assert.Equal(ids, plain);
    }

    private static (string Text, int[] Ids, string Decoded)[] Read(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "tokenizers", name + ".json")));
        return [.. json.RootElement.EnumerateArray().Select(static e => (
            e.GetProperty("text").GetString()!,
            e.GetProperty("ids").EnumerateArray().Select(static i => i.GetInt32()).ToArray(),
            e.GetProperty("decoded").GetString()!))];
    }

    private static string PathOf(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "UnifiedVlm.sln")))
            folder = folder.Parent;
        var path = Path.Combine(folder?.FullName ?? "", "build", "tokenizers", name, "tokenizer.json");
        Assert.True(File.Exists(path), $"{path} is missing; deploy/install.sh --for-tests fetches it.");
        return path;
    }
}
