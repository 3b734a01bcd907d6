using Microsoft.Extensions.AI;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Cli.Chat;

/// <summary>Reads questions line by line and streams the answers; what they cite stands below them.</summary>
/// <param name="remembers">Earlier turns are part of the next question.</param>
internal sealed class ChatSession(IChatClient chat, ChatOptions options, bool remembers, TextReader input, TextWriter output, bool isInteractive)
{
    private readonly List<ChatMessage> turns = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (isInteractive)
            await output.WriteLineAsync($"Ask. @path adds a picture{(remembers ? ", /new begins anew" : "")}; an empty line or Ctrl-D ends.".AsMemory(), cancellationToken);
        while (await ReadAsync(cancellationToken) is { } line)
        {
            if (line.Trim() == "/new")
            {
                turns.Clear();
                continue;
            }

            try
            {
                await AnswerAsync(line, cancellationToken);
            }
            catch (Exception refused) when (isInteractive && refused is DocumentRejectedException or UsageException)
            {
                // Said wrong once is no reason to lose the conversation.
                await output.WriteLineAsync(refused.Message.AsMemory(), cancellationToken);
            }
        }
    }

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (isInteractive)
                await output.WriteAsync("> ".AsMemory(), cancellationToken);
            var line = await input.ReadLineAsync(cancellationToken);
            if (line is null || !string.IsNullOrWhiteSpace(line))
                return line;
            if (isInteractive)
                return null;
        }
    }

    private async Task AnswerAsync(string line, CancellationToken cancellationToken)
    {
        var question = new ChatMessage(ChatRole.User, ChatLine.Parse(line));
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in chat.GetStreamingResponseAsync([.. turns, question], options, cancellationToken))
        {
            updates.Add(update);
            await output.WriteAsync(update.Text.AsMemory(), cancellationToken);
            await output.FlushAsync(cancellationToken);
        }

        await output.WriteLineAsync();
        foreach (var citation in Citations(updates))
            await output.WriteLineAsync($"  {citation}".AsMemory(), cancellationToken);
        if (remembers)
            turns.AddRange([question, .. updates.ToChatResponse().Messages]);
    }

    private static IEnumerable<string> Citations(List<ChatResponseUpdate> updates) => updates
        .SelectMany(static update => update.Contents)
        .SelectMany(static content => content.Annotations ?? [])
        .OfType<CitationAnnotation>()
        .Select(static citation => $"[{citation.AdditionalProperties!["number"]}] {citation.Title ?? citation.FileId}{(citation.Title is null ? "" : $" ({citation.FileId})")}")
        .Distinct();
}
