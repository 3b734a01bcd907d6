using System.CommandLine;
using System.Text;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Tokenizers.Training;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm tokenizer</c>: makes a byte-level BPE tokenizer from text.</summary>
internal static class TokenizerCommand
{
    private const int Bytes = 256;

    public static Command Create()
    {
        var files = new Argument<string[]>("files") { Description = "Text files in UTF-8", Arity = ArgumentArity.OneOrMore }.NotEmpty();
        var vocabulary = Setting.Number("--vocab", "UVLM_VOCAB", 8192, "Ids in all, special tokens included", minimum: 257);
        var specials = new Option<string>("--specials") { Description = "File of special tokens, one a line; they get the last ids in its order" }.NotEmpty();
        var output = new Option<string>("--out") { Description = "tokenizer.json to write", Required = true }.NotEmpty();
        var train = new Command("train", "Train a byte-level BPE tokenizer. The same texts give the same file.") { files, vocabulary, specials, output };
        train.SetAction((result, cancellationToken) => Train(
            result.GetValue(files)!, result.GetValue(vocabulary), result.GetValue(specials), result.GetValue(output)!, cancellationToken));
        return new Command("tokenizer", "Make a tokenizer.") { train };
    }

    private static Task<int> Train(string[] files, int vocabulary, string? specials, string output, CancellationToken cancellationToken)
    {
        string[] tokens = specials is null ? [] : [.. File.ReadLines(specials).Where(static line => !string.IsNullOrWhiteSpace(line))];
        if (tokens.CountBy(static token => token, StringComparer.Ordinal).FirstOrDefault(static count => count.Value > 1).Key is { } twice)
            throw new UsageException($"--specials: '{specials}' has the token '{twice}' twice.");
        if (vocabulary < Bytes + tokens.Length)
            throw new UsageException($"--vocab {vocabulary} can't hold {Bytes} bytes and the {tokens.Length} special tokens of '{specials}'.");
        var trainer = new TokenizerTrainer(new TokenizerTrainerOptions { VocabularySize = vocabulary, SpecialTokens = tokens });
        var empty = true;
        foreach (var line in files.SelectMany(Lines))
        {
            trainer.Add(line + "\n");
            empty = false;
        }

        if (empty)
            throw new UsageException("There is no line of text to train on.");
        var json = trainer.Train(cancellationToken);
        AtomicFile.Write(output, stream => stream.Write(json));
        Console.Error.WriteLine($"uvlm: {trainer.Merges} merges{(trainer.Unused == 0 ? "" : $", as no other pair occurs often enough; {trainer.Unused} ids below the special tokens are unused")}");
        return Task.FromResult(0);
    }

    private static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        while (true)
        {
            string? line;
            try
            {
                line = reader.ReadLine();
            }
            catch (DecoderFallbackException)
            {
                throw new UsageException($"'{file}' is no text in UTF-8.");
            }

            if (line is null)
                yield break;
            yield return line;
        }
    }
}
