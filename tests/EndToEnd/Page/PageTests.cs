using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Page;

/// <summary>The page of a real node in a real browser. What is done there stands in page.mjs; here is what the node holds before and after.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class PageTests(SharedNode shared)
{
    private readonly string tenant = $"p{Guid.NewGuid():N}";

    [Fact]
    public async Task Words_find_documents_and_the_page_draws_why_and_can_be_linked_to()
    {
        await PushThreeAsync();
        await RunAsync("words");
    }

    [Fact]
    public async Task Searches_are_narrowed_by_filter_and_time_and_look_for_parts_or_for_more_of_the_same()
    {
        await PushThreeAsync();
        await RunAsync("narrowing");
    }

    [Fact]
    public async Task An_address_is_asked_with_as_it_stands_and_what_it_cannot_hold_is_said()
    {
        await PushThreeAsync();
        await RunAsync("addresses");
    }

    [Fact]
    public async Task Pictures_and_words_are_one_question_in_their_order()
    {
        await PushThreeAsync();
        await RunAsync("pictures");
    }

    [Fact]
    public async Task Pictures_that_the_server_does_not_take_as_they_are_are_made_smaller_and_that_is_said()
    {
        await PushThreeAsync();
        await RunAsync("reduced");
    }

    [Fact]
    public async Task Pictures_can_be_pasted_and_dropped()
    {
        await PushThreeAsync();
        await RunAsync("pasting");
    }

    [Fact]
    public async Task An_answer_comes_with_its_evidence()
    {
        await PushThreeAsync();
        await RunAsync("answer");
    }

    [Fact]
    public async Task An_answer_is_shown_as_it_comes_its_citations_lead_to_the_evidence_and_it_can_be_stopped()
    {
        await PushThreeAsync();
        await RunAsync("citations");
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough_to_search_read_and_delete()
    {
        await PushThreeAsync();
        await RunAsync("keyboard");
        await shared.UntilStoredAsync(tenant, 2);
    }

    [Fact]
    public async Task Markup_in_documents_is_text()
    {
        const string text = "<img src=x onerror='globalThis.hacked = 2'> javascript:alert(1) </textarea><svg onload=alert(1)> trojan";
        var evil = Document("<i>evil</i>", Text(text), Picture(1, "\"><img src=x onerror=alert(2)>"));
        (evil["title"], evil["metadata"]) = ("<script>globalThis.hacked = 1</script><b>bold</b>", new JsonObject { ["<b>key</b>"] = "<script>globalThis.hacked = 3</script>" });
        await shared.Node.PushAsync(evil);
        // As it is written by hand, with nothing escaped.
        using var letter = new StringContent(
            Document("<b>letter</b>", Text(text), Blob(Pictures.Png(7))).ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }), Encoding.UTF8, "application/json");
        Assert.True((await shared.Node.PostAsync("/v1/documents", letter)).Status is HttpStatusCode.Accepted);
        await shared.UntilStoredAsync(tenant, 1);
        await UntilLettersAsync(1);
        await RunAsync("hostile");
    }

    [Fact]
    public async Task Dead_letters_are_shown_dropped_and_replayed()
    {
        await shared.Node.PushAsync(Document("broken", new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(Pictures.PngThatClaims(64, 64)) }));
        await shared.Node.PushAsync(Document("waits", Text("It waits for its picture."), Blob(Pictures.Disc(3))));
        await UntilLettersAsync(2);
        using var picture = new ByteArrayContent(Pictures.Disc(3));
        Assert.True((await shared.Node.PostAsync($"/v1/blobs?tenant={tenant}", picture)).Status is HttpStatusCode.Created);
        await RunAsync("letters");
        await shared.UntilStoredAsync(tenant, 1);
    }

    [Fact]
    public async Task Documents_are_looked_through_read_deleted_and_erased()
    {
        var books = Enumerable.Range(0, 53).Select(i => Document($"d{i:00}", Text($"Book number {i}."))).ToList();
        books.Add(Document("signed/one", Text("Before the sign."), Picture(2, "A disc"), Text("Behind the sign.")));
        books[^1]["title"] = "The sign";
        foreach (var book in books)
            (book["collection"], book["version"]) = ("books", 5);
        using var lines = new StringContent(string.Join('\n', books.Select(static book => book.ToJsonString())), Encoding.UTF8, "application/x-ndjson");
        Assert.True((await shared.Node.PostAsync("/v1/documents", lines)).Status is HttpStatusCode.Accepted);
        await shared.UntilStoredAsync(tenant, 54);
        await RunAsync("documents");
        await shared.UntilStoredAsync(tenant, 52);
    }

    [Fact]
    public async Task Documents_are_pushed_from_the_form_and_as_files()
    {
        await RunAsync("pushing");
        await shared.UntilStoredAsync(tenant, 4);
    }

    [Fact]
    public async Task Every_view_fits_small_screens_and_is_accessible_light_and_dark()
    {
        await PushThreeAsync();
        await shared.Node.PushAsync(Document("letter", Text("Its picture is not there."), Blob(Pictures.Png(7))));
        await UntilLettersAsync(1);
        await RunAsync("screens");
    }

    [Fact]
    public async Task Where_the_server_asks_for_a_key_so_does_the_page()
    {
        await PushThreeAsync();
        await RunAsync("key");
    }

    [Fact]
    public Task The_status_is_asked_for_less_often_while_it_fails_and_not_at_all_while_nobody_looks() => RunAsync("polling");

    private async Task PushThreeAsync()
    {
        (string Id, string Title, JsonObject[] Parts)[] documents =
        [
            ("harbour", "The harbour", [Text("The lighthouse stands at the harbour."), Picture(1, "The harbour's sign")]),
            ("mill", "The mill", [Text("The windmill grinds corn."), Picture(2, "The mill's sign"), Text("It turns in the wind of the plain.")]),
            ("words", "Only words", [Text("Only words about a lighthouse keeper.")]),
        ];
        foreach (var (id, title, parts) in documents)
        {
            var document = Document(id, parts);
            document["title"] = title;
            if (id == "harbour")
                (document["metadata"], document["time"]) = (new JsonObject { ["kind"] = "sea" }, "2026-01-15T00:00:00Z");
            await shared.Node.PushAsync(document);
        }

        await shared.UntilStoredAsync(tenant, documents.Length);
    }

    private async Task RunAsync(string scenario)
    {
        var pictures = shared.Data.PathOf("pictures");
        Directory.CreateDirectory(pictures);
        await File.WriteAllBytesAsync(Path.Combine(pictures, "mill.png"), Pictures.Disc(2));
        await File.WriteAllBytesAsync(Path.Combine(pictures, "large.png"), Pictures.Disc(1, side: 1500));
        await File.WriteAllBytesAsync(Path.Combine(pictures, "moving.webp"), Pictures.Fixture("webp-animated.webp"));
        await NodeScript.RunAsync(
            "Page/page.mjs", scenario, Path.Combine(Uvlm.RepositoryRoot, "build", "browser"), shared.Node.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), tenant, pictures);
    }

    private Task UntilLettersAsync(int count) => shared.Database.UntilAsync(
        $"SELECT count(*) = {count} FROM uvlm.dead_letter WHERE tenant = '{tenant}'", () => $"{count} dead letters of {tenant}:\n{shared.Node.Process.Output}");

    private JsonObject Document(string id, params JsonObject[] parts) => new() { ["id"] = id, ["tenant"] = tenant, ["parts"] = new JsonArray([.. parts]) };

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonObject Picture(int seed, string alt) => new() { ["type"] = "image", ["data"] = Convert.ToBase64String(Pictures.Disc(seed)), ["alt"] = alt };

    /// <summary>A picture by its hash, uploaded or not.</summary>
    private static JsonObject Blob(byte[] picture) => new() { ["type"] = "image", ["blob"] = Convert.ToHexStringLower(SHA256.HashData(picture)) };
}
