using Microsoft.Extensions.AI;
using UnifiedVlm.Client;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>The program of docs/client.md, line by line: <see cref="ClientDocTests"/> compares the two.</summary>
internal static class ClientSample
{
    public static async Task ConnectAndRunAsync()
    {
        // Thread-safe, and one is enough for a program.
        using var uvlm = new UnifiedVlmClient(
            new Uri("http://127.0.0.1:7077"), new UnifiedVlmClientOptions { ApiKey = Environment.GetEnvironmentVariable("UVLM_KEY") });
        await RunAsync(uvlm);
    }

    public static async Task RunAsync(UnifiedVlmClient uvlm)
    {
        try
        {
            // A picture is a part too: new ImagePart(new InlineImage(File.ReadAllBytes("crop.png")), "the crop tool").
            var document = new InterleavedDocument { Id = "crop", Title = "Crop", Parts = [new TextPart("The crop tool cuts a picture along a rectangle.")] };

            // When this returns, the document is committed and can't get lost; it is found once its status is decided.
            var receipt = await uvlm.PushAsync(document);
            PushStatus status;
            do
                status = await uvlm.GetStatusAsync(receipt, wait: TimeSpan.FromSeconds(10));
            while (!status.IsDecided);
            if (status.Dead is { } dead)
                Console.Error.WriteLine($"{receipt.Id} can't be ingested: {dead.Field} {dead.Detail ?? dead.Reason}");

            var found = await uvlm.SearchAsync(new SearchQuery("cut a picture") { K = 3 });
            foreach (var hit in found.Hits)
                Console.WriteLine($"{hit.Score:0.000} {hit.Title ?? hit.Id}");

            await foreach (var update in uvlm.AnswerAsync(new SearchQuery("How do I cut a picture?")))
            {
                switch (update)
                {
                    case AnswerEvidence evidence: Console.WriteLine($"from {string.Join(", ", evidence.Hits.Select(hit => hit.Id))}:"); break;
                    case AnswerText text: Console.Write(text.Text); break;
                    case AnswerCitation citation: Console.Write($" <- {citation.DocumentId}"); break;
                    case AnswerEnd end: Console.WriteLine($" ({end.Reason})"); break;
                }
            }

            // The name of the model's folder; with :documents behind it answers come from what is stored.
            using var chat = uvlm.AsChatClient("uvlm-tiny:documents");
            Console.WriteLine(await chat.GetResponseAsync("How do I cut a picture?"));
        }
        catch (UnifiedVlmException error)
        {
            Console.Error.WriteLine($"{error.Status?.ToString() ?? "no answer"}: {error.Field} {error.Message}");
        }
    }
}
