using System.Net;
using System.Reflection;
using UnifiedVlm.Client;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>docs/client.md beside the client.</summary>
public sealed class ClientDocTests
{
    private static readonly string Page = Repository.Read("docs/client.md");

    [Fact]
    public void The_program_that_is_printed_is_the_one_that_is_compiled()
    {
        var printed = Page.Split("\n## A whole program\n")[1].Split("\n## ")[0].Split('\n')
            .Where(static line => line.StartsWith("    ", StringComparison.Ordinal)).Select(static line => line.Trim()).ToList();
        var compiled = Repository.Read("tests/Unit/Client/ClientSample.cs").Split('\n').Select(static line => line.Trim()).ToList();
        Assert.True(printed.Count > 30);
        // In its order, between what makes a class of it.
        var at = 0;
        Assert.All(printed, line =>
        {
            var found = compiled.IndexOf(line, at);
            Assert.True(found >= 0, line);
            at = found + 1;
        });
    }

    [Fact]
    public async Task The_program_pushes_waits_searches_answers_and_chats()
    {
        var server = new FakeServer(
            FakeServer.Json("""{"id":"crop","position":7,"statusUrl":"/v1/inbox/7"}""", HttpStatusCode.Accepted),
            FakeServer.Json("""{"position":7,"id":"crop","status":"received"}"""),
            FakeServer.Json("""{"position":7,"id":"crop","status":"indexed","version":1}"""),
            FakeServer.Json("""{"hits":[]}"""),
            FakeServer.Events("event: evidence\ndata: {\"hits\":[]}\n\nevent: done\ndata: {\"text\":\"\",\"tokens\":0,\"reason\":\"no_evidence\"}\n\n"),
            FakeServer.Json("""{"id":"x","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
        using var http = new HttpClient(server) { BaseAddress = new Uri("http://host") };
        using var client = new UnifiedVlmClient(http);
        await ClientSample.RunAsync(client);
        Assert.Equal(
            ["/v1/documents", "/v1/inbox/7?wait=10", "/v1/inbox/7?wait=10", "/v1/search", "/v1/answer", "/v1/chat/completions"],
            server.Asked.Select(static asked => asked.Path));
    }

    [Fact]
    public void Every_method_option_and_field_of_a_question_is_named()
    {
        var names = Members(typeof(UnifiedVlmClient)).Concat(Members(typeof(UnifiedVlmClientOptions))).Concat(Members(typeof(SearchQuery)))
            .Concat(Members(typeof(UnifiedVlmException))).ToList();
        Assert.Contains("PushAsync", names);
        Assert.Contains("Retries", names);
        Assert.All(names.Except(["Dispose", "Parts"]), static name => Assert.Contains($"`{name}`", Page, StringComparison.Ordinal));
    }

    /// <summary>Methods and properties that the type itself has, those that the compiler makes of a record left out.</summary>
    private static IEnumerable<string> Members(Type type) => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(static member => member is PropertyInfo or MethodInfo { IsSpecialName: false } && !member.Name.Contains('<', StringComparison.Ordinal))
        .Select(static member => member.Name)
        .Except(["ToString", "GetHashCode", "Equals", "Deconstruct"]);
}
