using System.CommandLine;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>What the commands that take a request a line have in common.</summary>
internal sealed class LineOptions
{
    private readonly Option<string?> input = new Option<string?>("--input") { Description = "File of JSON lines [default: standard input]" }.NotEmpty();
    private readonly Option<string?> output = new Option<string?>("--output") { Description = "File to write [default: standard output]" }.NotEmpty();
    private readonly Option<string?> root = new Option<string?>("--root") { Description = "Folder that pictures given by path lie in; without it a path is refused" }.NotEmpty();
    private readonly Option<bool> keepGoing = new("--keep-going") { Description = "Answer a line that can't be used with {\"id\", \"line\", \"error\"} instead of stopping" };

    public DocumentLimits Limits { get; } = DocumentLimits.Default;

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { input, output, root, keepGoing })
            command.Options.Add(option);
    }

    public bool KeepGoing(ParseResult result) => result.GetValue(keepGoing);

    public string? Output(ParseResult result) => result.GetValue(output);

    public Stream OpenInput(ParseResult result) => result.GetValue(input) is { } path ? File.OpenRead(path) : Console.OpenStandardInput();

    public Stream OpenOutput(ParseResult result) =>
        new BufferedStream(Output(result) is { } path ? File.Create(path) : Console.OpenStandardOutput(), 1 << 16);

    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public ImageFileResolver? Pictures(ParseResult result) => result.GetValue(root) is { } folder ? new ImageFileResolver(folder, Limits) : null;

    /// <summary>Tells on standard error how it went.</summary>
    public static int Finish(LineTotals totals)
    {
        if (totals.Failed > 0)
            Console.Error.WriteLine($"uvlm: {totals.Failed} of {totals.Done + totals.Failed} lines could not be used");
        return 0;
    }
}
