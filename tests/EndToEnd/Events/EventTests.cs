using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Events;

/// <summary>Subscriptions, and questions over Kafka, through a node.</summary>
public sealed class EventTests : IAsyncLifetime
{
    private readonly DataFolder data = new();
    private TestBroker broker = null!;
    private ServingNode node = null!;

    public async Task InitializeAsync()
    {
        broker = await TestBroker.StartAsync("documents:1", "events:1", "asks:1", "replies:1", "more-replies:1");
        node = await ServingNode.StartAsync(
            data, "--kafka", broker.Bootstrap, "--topics", "documents", "--events-topic", "events", "--ask-topic", "asks", "--reply-topic", "replies", "--reply-topic", "more-replies");
    }

    public async Task DisposeAsync()
    {
        await node.DisposeAsync();
        await broker.DisposeAsync();
        await data.DisposeAsync();
    }

    [Fact]
    public async Task A_subscription_raises_its_event_for_a_document_that_comes_later()
    {
        (await node.PostAsync("/v1/subscriptions", new JsonObject { ["text"] = "pump" })).AssertRefused(HttpStatusCode.BadRequest, "threshold");
        (await node.PostAsync("/v1/subscriptions", new JsonObject { ["text"] = "pump", ["threshold"] = 0.5, ["mode"] = "like" })).AssertRefused(HttpStatusCode.BadRequest, "mode");
        await node.PushAsync(Document("before", "The red pump pushes water."));
        await UntilAsync("SELECT EXISTS (SELECT FROM uvlm.document WHERE id = 'before') AND NOT EXISTS (SELECT FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed')");
        var added = await node.PostAsync("/v1/subscriptions", new JsonObject { ["text"] = "The red pump pushes water.", ["threshold"] = 0.9, ["filter"] = "$language = \"en\"", ["mode"] = "parts" });
        Assert.True(added.Status == HttpStatusCode.Created, added.Body);
        var id = (string)added.Json["id"]!;
        Assert.Equal(id, (string?)(await node.GetJsonAsync("/v1/subscriptions"))["subscriptions"]![0]!["id"]);

        await node.PushAsync(Document("later", "The red pump pushes water."));
        using var reader = new EventReader(broker, "events", 1);
        var happened = await reader.FindAsync(static e => (string?)e["type"] == "com.unifiedvlm.subscription.matched.v1", () => $"the event comes:\n{node.Process.Output}");
        Assert.Equal((id, "later", "1"), ((string?)happened["data"]!["subscription"], (string?)happened["subject"], (string?)happened["sequence"]));

        using var removed = await node.Http.DeleteAsync($"/v1/subscriptions/{id}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var again = await node.Http.DeleteAsync($"/v1/subscriptions/{id}");
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task Questions_over_Kafka_are_answered_whatever_they_are()
    {
        await node.PushAsync(Document("pump", "The red pump pushes water."));
        await UntilAsync("SELECT EXISTS (SELECT FROM uvlm.document WHERE id = 'pump')");
        await broker.SendAsync("asks", 0,
        [
            Ask("broken", "{"),
            Ask("late", """{"text": "pump"}""", ("deadline", DateTimeOffset.UtcNow.AddMinutes(-1).ToString("O", CultureInfo.InvariantCulture))),
            Ask("astray", """{"text": "pump"}""", ("reply-topic", "documents")),
            Ask("search", """{"text": "pump"}""", ("deadline", DateTimeOffset.UtcNow.AddMinutes(10).ToString("O", CultureInfo.InvariantCulture))),
            Ask("answer", """{"text": "What does the pump do?", "max_tokens": 4}""", ("kind", "answer"), ("reply-topic", "more-replies")),
            Ask("tenant", """{"text": "pump"}""", ("tenant", "nobody")),
        ]);

        var replies = new Dictionary<string, JsonObject>();
        using var reader = new EventReader(broker, "replies", 1);
        using var more = new EventReader(broker, "more-replies", 1);
        await Waiting.UntilAsync(
            () =>
            {
                foreach (var reply in reader.ReadNew().Concat(more.ReadNew()))
                    replies[(string)reply["correlation-id"]!] = reply;
                return Task.FromResult(replies.Count == 6);
            },
            () => $"{string.Join(", ", replies.Keys)} have come:\n{node.Process.Output}");
        Assert.Equal(("400", "application/problem+json", "$"), ((string?)replies["broken"]["status"], (string?)replies["broken"]["content-type"], (string?)replies["broken"]["data"]!["field"]));
        Assert.Equal(("504", "deadline"), ((string?)replies["late"]["status"], (string?)replies["late"]["data"]!["field"]));
        Assert.Equal(("400", "reply-topic"), ((string?)replies["astray"]["status"], (string?)replies["astray"]["data"]!["field"]));
        Assert.Equal(("200", "pump"), ((string?)replies["search"]["status"], (string?)replies["search"]["data"]!["hits"]![0]!["id"]));
        Assert.Equal(("200", "pump"), ((string?)replies["answer"]["status"], (string?)replies["answer"]["data"]!["evidence"]!["hits"]![0]!["id"]));
        Assert.Empty(replies["tenant"]["data"]!["hits"]!.AsArray());
    }

    private static KafkaRecord Ask(string id, string body, params (string Name, string Value)[] headers)
        => new(null, Encoding.UTF8.GetBytes(body), [("correlation-id", id), .. headers]);

    private static JsonObject Document(string id, string text)
        => new() { ["id"] = id, ["language"] = "en", ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) };

    private async Task UntilAsync(string sql)
    {
        await using var database = await data.OpenDatabaseAsync();
        database.LeaveRunning = true;
        await database.UntilAsync(sql, () => $"{sql}:\n{node.Process.Output}");
    }
}
