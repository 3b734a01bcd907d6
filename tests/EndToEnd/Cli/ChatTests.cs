using System.Text;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary><c>uvlm chat</c>, its lines coming from a file.</summary>
public sealed class ChatTests : IAsyncLifetime
{
    private readonly DataFolder data = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => data.DisposeAsync().AsTask();

    [Fact]
    public async Task Each_line_is_answered_from_the_documents()
    {
        var documents = """{"id": "crop", "title": "Crop", "parts": [{"type": "text", "text": "The crop tool cuts a picture."}]}"""u8.ToArray();
        (await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], documents)).AssertSucceeded();
        var chat = await Uvlm.RunAsync(["chat", "--data", data.Root, "--max-tokens", "24"], Encoding.UTF8.GetBytes("What does the crop tool do?\n\nAnd this?\n"));
        chat.AssertSucceeded();
        var lines = chat.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !line.StartsWith("  [", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, static line => Assert.NotEmpty(line.Trim()));
    }

    [Fact]
    public async Task Without_documents_the_answer_says_so_and_a_picture_that_is_missing_is_named()
    {
        (await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], """{"id": "crop", "parts": [{"type": "text", "text": "The crop tool cuts a picture."}]}"""u8.ToArray())).AssertSucceeded();
        var chat = await Uvlm.RunAsync(["chat", "--collection", "other", "--data", data.Root], "What does the crop tool do?"u8.ToArray());
        chat.AssertSucceeded();
        Assert.Equal("The documents do not say.", chat.Output.Trim());
        (await Uvlm.RunAsync(["chat", "--data", data.Root], "What is @/nowhere.png?"u8.ToArray())).AssertFailedWithOneLine(2, "/nowhere.png");
        (await Uvlm.RunAsync(["chat", "--temperature", "hot", "--data", data.Root])).AssertFailedWithOneLine(2, "--temperature", "hot");
    }
}
