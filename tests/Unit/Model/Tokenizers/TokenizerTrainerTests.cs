using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Model.Tokenizers.Training;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

public sealed class TokenizerTrainerTests
{
    private static readonly string[] Texts =
    [
        "the cat sat on the mat, the other cat on the other mat\n",
        "a hat, a bat and a rat; that is that\n",
        "th\u00E9 caf\u00E9s \u4E2D\u6587 \U0001F9FF\n",
    ];

    [Fact]
    public void The_same_texts_give_the_same_bytes_in_any_order() => Assert.Equal(Train(Texts), Train(Texts.Reverse()));

    [Fact]
    public void Frequent_words_become_tokens_and_everything_comes_back()
    {
        var tokenizer = Tokenizer.Parse(Train(Enumerable.Repeat(Texts, 5).SelectMany(static t => t)));
        Assert.Equal(300, tokenizer.Size);
        Assert.Single(tokenizer.Encode(" the"));
        foreach (var text in Texts.Append("quite other w\u00F6rds \U0001D518"))
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Special_tokens_take_the_highest_ids()
    {
        var tokenizer = Tokenizer.Parse(Train(Texts));
        Assert.Equal((298, 299), (tokenizer.Find("<|x|>"), tokenizer.Find("<|y|>")));
    }

    [Fact]
    public void Where_merges_run_out_every_id_up_to_the_special_ones_has_a_name()
    {
        var trainer = new TokenizerTrainer(new TokenizerTrainerOptions { VocabularySize = 300, SpecialTokens = ["<|x|>", "<|unused_258|>"] });
        trainer.Add("abab");
        var tokenizer = Tokenizer.Parse(trainer.Train());
        Assert.Equal((1, 41), (trainer.Merges, trainer.Unused));

        // As Hugging Face's library numbers them: on from the vocabulary, in the file's order.
        Assert.Equal(Enumerable.Range(257, 43), tokenizer.AddedTokens.Select(static token => token.Id));
        Assert.Equal((298, 299, 300), (tokenizer.Find("<|x|>"), tokenizer.Find("<|unused_258|>"), tokenizer.Size));
        Assert.All(Enumerable.Range(257, 41), id => Assert.True(tokenizer.IsSpecial(id)));
        Assert.Equal("", tokenizer.Decode(Enumerable.Range(257, 43), skipSpecials: true));
        Assert.Equal("<|unused_260|>", tokenizer.Decode(tokenizer.Encode("<|unused_260|>"), skipSpecials: true));
    }

    [Fact]
    public void Merges_are_the_most_frequent_pairs()
    {
        // "ab" occurs most; then "abab", the pair of it with itself; "cd" and " abab" are equally frequent, and "c" has the smaller id.
        var trainer = new TokenizerTrainer(new TokenizerTrainerOptions { VocabularySize = 259 });
        trainer.Add("abab abab abab cd cd");
        var tokenizer = Tokenizer.Parse(trainer.Train());
        Assert.Equal("ab", tokenizer.Token(256));
        Assert.Equal("abab", tokenizer.Token(257));
        Assert.Equal("cd", tokenizer.Token(258));
    }

    [Fact]
    public void A_vocabulary_too_small_is_refused() =>
        Assert.Throws<ArgumentException>(() => new TokenizerTrainer(new TokenizerTrainerOptions { VocabularySize = 256, SpecialTokens = ["<x>"] }));

    private static byte[] Train(IEnumerable<string> texts)
    {
        var trainer = new TokenizerTrainer(new TokenizerTrainerOptions { VocabularySize = 300, SpecialTokens = ["<|x|>", "<|y|>"] });
        foreach (var text in texts)
            trainer.Add(text);
        return trainer.Train();
    }
}
