using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Bench.Generation;
using UnifiedVlm.Model;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Serving;

/// <summary>From the request of a streamed chat to its first token, against a bare pass over as many tokens in this process, in turns.</summary>
internal static class FirstToken
{
    private const int Words = 120;
    private const int Rounds = 9;

    public static async Task<string> MeasureAsync(HttpClient http, string checkpoint, string question)
    {
        torch.set_num_threads(Environment.ProcessorCount);
        using var model = UnifiedModelLoader.Load(checkpoint);
        var (served, bare, tokens) = (new List<double>(), new List<double>(), 0);
        for (var round = 0; round <= Rounds; round++)
        {
            var (seconds, prompt) = await AskAsync(http, Path.GetFileName(checkpoint), Prompt(question, round));
            var dice = new Random(round);
            var (first, _) = BareLoop.Run(model, [.. Enumerable.Range(0, prompt).Select(_ => dice.Next(300, 8000))], 1);
            if (round == 0)
                continue; // Warm now.
            served.Add(seconds);
            bare.Add(first);
            tokens = prompt;
        }

        var ratio = Median(served.Zip(bare, static (one, other) => one / other));
        return string.Create(CultureInfo.InvariantCulture, $"first token of a chat after {tokens} tokens: {1000 * Median(served):0.0} ms, {ratio:0.00} times a bare pass over them ({1000 * Median(bare):0.0} ms)");
    }

    private static async Task<(double Seconds, int PromptTokens)> AskAsync(HttpClient http, string model, string prompt)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new JsonObject
            {
                ["model"] = model,
                ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
                ["max_tokens"] = 8,
                ["temperature"] = 0,
                ["stream"] = true,
                ["stream_options"] = new JsonObject { ["include_usage"] = true },
            }),
        };
        var begin = Stopwatch.GetTimestamp();
        using var reply = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!reply.IsSuccessStatusCode)
            throw new InvalidOperationException(await reply.Content.ReadAsStringAsync());
        using var lines = new StreamReader(await reply.Content.ReadAsStreamAsync());
        var (seconds, tokens) = (0.0, 0);
        while (await lines.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
                continue;
            var chunk = JsonNode.Parse(line["data: ".Length..])!;
            // The first chunk says the role alone; a text that ends at once has none with words.
            if (seconds == 0 && chunk["choices"] is JsonArray { Count: > 0 } choices && ((string?)choices[0]!["delta"]?["content"] is { Length: > 0 } || choices[0]!["finish_reason"] is not null))
                seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            tokens = (int?)chunk["usage"]?["prompt_tokens"] ?? tokens;
        }

        return (seconds, tokens);
    }

    // Other words each time: nothing of them is in the KV cache.
    private static string Prompt(string question, int round)
    {
        var words = question.Split(' ');
        new Random(round).Shuffle(words);
        return string.Join(' ', Enumerable.Range(0, Words).Select(i => words[i % words.Length] + (i / words.Length > 0 ? "" : " " + (i * (round + 7)))));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
