using System.CommandLine;
using Microsoft.Extensions.AI;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Server.InProcess;

namespace UnifiedVlm.Server.Cli.Chat;

/// <summary><c>uvlm chat</c>: questions and answers on the terminal.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var alone = new Option<bool>("--no-documents") { Description = "Talk with the model alone, which then remembers what was said; without it each question is answered from the documents" };
        var temperature = Setting.Text("--temperature", "UVLM_TEMPERATURE", "0", "0 always takes the likeliest token, more varies");
        var maxTokens = Setting.Number("--max-tokens", "UVLM_MAX_TOKENS", 256, "Tokens of an answer at most", minimum: 1);
        var tenant = Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose documents");
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var command = new Command("chat", "Ask questions line by line, with pictures by @path, and read the answers as they come, with what they cite.")
        {
            alone, temperature, maxTokens, tenant, collection,
        };
        return NodeCommand.Create(command, async (node, result, cancellationToken) =>
        {
            var queries = await node.StartQueriesAsync(cancellationToken);
            var fromDocuments = !result.GetValue(alone);
            var where = result.GetValue(collection) is { Length: > 0 } name ? name : null;
            using var chat = new NodeChatClient(
                queries, new ServedModels(node.Options, node.Info, TimeProvider.System).Name, result.GetValue(tenant)!, where, fromDocuments);
            var options = new ChatOptions { Temperature = Temperature(result.GetValue(temperature)!), MaxOutputTokens = result.GetValue(maxTokens) };
            await new ChatSession(chat, options, remembers: !fromDocuments, Console.In, Console.Out, !Console.IsInputRedirected).RunAsync(cancellationToken);
            return 0;
        }, result => _ = Temperature(result.GetValue(temperature)!), makes: result => result.GetValue(alone));
    }

    private static float Temperature(string text) =>
        float.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 2
            ? value
            : throw new UsageException($"--temperature is '{text}': give a number from 0 to 2.");
}
