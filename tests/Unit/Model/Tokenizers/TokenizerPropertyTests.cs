using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

public sealed class TokenizerPropertyTests
{
    private static readonly string[] Texts = ["", "abc cab", "<s>b ABBA ä", "\0\uFFFD 漢字 \U0001F600", new string('a', 300)];

    [Fact]
    public void A_damaged_tokenizer_is_refused_by_a_field_or_works()
    {
        var sample = System.Text.Encoding.UTF8.GetBytes(TokenizerJson.Small().ToJsonString());
        var damage = Damage.To([sample], '"', '\\', '{', '}', '[', ']', ',', ':', '-', '9', '0', '(', '*', 0xED, 0xFF);
        var read = 0;
        Prop.ForAll(damage.ToArbitrary(), bytes =>
        {
            Tokenizer tokenizer;
            try
            {
                tokenizer = Tokenizer.Parse(bytes);
            }
            catch (TokenizerFormatException e)
            {
                Assert.NotEmpty(e.Field);
                return;
            }

            read++;
            foreach (var text in Texts)
            {
                var ids = tokenizer.Encode(text);
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.Size - 1));
                tokenizer.Decode(ids);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
        Assert.NotEqual(0, read);
    }
}
