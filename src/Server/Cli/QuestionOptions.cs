using System.CommandLine;
using System.Text;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;

namespace UnifiedVlm.Server.Cli;

/// <summary>What <c>uvlm query</c> is asked for: words and pictures, parts from a file, or a stored document; and how much is looked at for it.</summary>
internal sealed class QuestionOptions
{
    private static readonly QueryOptions Usual = new();

    private readonly Argument<string> text = new("text") { Description = "The question's words", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string[]> images = new Option<string[]>("--image") { Description = "A picture file of the question; may be given several times, pictures go before the words" }.NotEmpty();

    private readonly Option<string?> parts = new Option<string?>("--parts")
    {
        Description = "In place of words and pictures: a file with the question's parts as a JSON array, as POST /v1/search takes them; - reads standard input",
    }.NotEmpty();

    private readonly Option<string?> like = new("--like") { Description = "In place of words and pictures: the id of a stored document" };

    private readonly Option<string?> mode = new("--mode")
    {
        Description = "What is looked for: documents, parts (of documents), missing (the part where --parts has {\"type\": \"gap\"}), like (with --like) [default: documents, or like with --like]",
    };

    private readonly Option<int?> budget = new("--budget-ms") { Description = "Milliseconds that the search should take" };

    private readonly Option<int?> candidates = new("--candidates") { Description = $"Documents to rerank, whatever the budget [default: {Usual.Candidates}, or by the budget]" };

    private readonly Option<int?> efSearch = new("--ef-search") { Description = $"hnsw.ef_search, whatever the budget [default: {Usual.EfSearch}, or by the budget]" };

    private readonly FilterOptions filter = new();

    public void AddTo(Command command)
    {
        command.Arguments.Add(text);
        foreach (var option in new Option[] { images, parts, like, mode, budget, candidates, efSearch })
            command.Options.Add(option);
        filter.AddTo(command);
    }

    /// <exception cref="UsageException">There is no question, or there are two.</exception>
    /// <exception cref="DocumentRejectedException">An option or the file of parts can't be read.</exception>
    public Question Read(ParseResult result, string tenant, string? collection, int k)
    {
        var (words, pictures, file, stored) = (result.GetValue(text), result.GetValue(images) ?? [], result.GetValue(parts), result.GetValue(like));
        var hasWords = !string.IsNullOrWhiteSpace(words) || pictures.Length > 0;
        if ((hasWords ? 1 : 0) + (file is null ? 0 : 1) + (stored is null ? 0 : 1) != 1)
            throw new UsageException("There is no question, or more than one: give words, --image FILE or both, or --parts FILE, or --like ID.");
        var asked = file is null ? new Question(hasWords ? Document(words, pictures) : null, tenant, null, null, null, null) : ReadParts(file);
        return asked with
        {
            Tenant = tenant,
            Collection = collection,
            K = k,
            Like = stored,
            Mode = QuestionReader.ReadMode(result.GetValue(mode), mode.Name) ?? (stored is null ? SearchMode.Documents : SearchMode.Like),
            Filter = filter.Read(result),
            BudgetMilliseconds = result.GetValue(budget),
            Candidates = result.GetValue(candidates),
            EfSearch = result.GetValue(efSearch),
        };
    }

    private static InterleavedDocument Document(string? words, string[] pictures)
    {
        var parts = new List<DocumentPart>();
        foreach (var picture in pictures)
            parts.Add(new ImagePart(new InlineImage(File.ReadAllBytes(picture))));
        if (!string.IsNullOrWhiteSpace(words))
            parts.Add(new TextPart(words));
        return new InterleavedDocument { Id = "question", Parts = parts };
    }

    private static Question ReadParts(string file)
    {
        var json = file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file);
        return QuestionReader.Read(Encoding.UTF8.GetBytes($"{{\"parts\":{json}}}"), DocumentLimits.Default, Caller.Anyone);
    }
}
