using System.CommandLine;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Tokenizers.Training;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm tokenizer</c>: makes a byte-level BPE tokenizer from text.</summary>
internal static class TokenizerCommand
{
    private const int SpecialTokens = 64;

    /// <summary>The tokens that keep roles and pictures apart from text; what is left of the 64 is reserved, so that later ones don't move any id.</summary>
    private static readonly string[] Named =
        ["<|image|>", "<|bos|>", "<|eos|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|evidence|>", "<|end|>", "<|summary|>"];

    public static Command Create()
    {
        var files = new Argument<string[]>("files") { Description = "Text files in UTF-8", Arity = ArgumentArity.OneOrMore };
        var vocabulary = Setting.Number("--vocabulary", "UVLM_VOCABULARY", 8192, "Ids in all, 64 special tokens included", minimum: 256 + SpecialTokens);
        var output = new Option<string>("--out") { Description = "tokenizer.json to write", Required = true };
        var train = new Command("train", "Train a byte-level BPE tokenizer. The same texts give the same file.") { files, vocabulary, output };
        train.SetAction((result, cancellationToken) =>
        {
            var reserved = Enumerable.Range(0, SpecialTokens - Named.Length).Select(static i => $"<|reserved_{i}|>");
            var trainer = new TokenizerTrainer(new TokenizerTrainerOptions { VocabularySize = result.GetValue(vocabulary), SpecialTokens = [.. Named, .. reserved] });
            foreach (var line in result.GetValue(files)!.SelectMany(File.ReadLines))
                trainer.Add(line);
            var json = trainer.Train(cancellationToken);
            AtomicFile.Write(result.GetValue(output)!, stream => stream.Write(json));
            return Task.FromResult(0);
        });
        return new Command("tokenizer", "Make a tokenizer.") { train };
    }
}
