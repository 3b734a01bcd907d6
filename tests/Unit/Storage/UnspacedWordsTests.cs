using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class UnspacedWordsTests
{
    [Theory]
    [InlineData("Only Latin, größe und Привет", "Only Latin, größe und Привет")]
    [InlineData("東京都", "東京 京都 都")]
    [InlineData("水", "水")]
    [InlineData("iPhoneの充電、", "iPhone の充 充電 、 電")]
    [InlineData("カメラ", "カメ メラ ラ")]
    [InlineData("한국어 문서", "한국 국어 문서 어 서")]
    [InlineData("𠮷野家", "𠮷野 野家 家")]
    [InlineData("東京 京都 東京", "東京 京都 東京 京 都")]
    [InlineData("中\ud800", "中 \ud800")]
    public void Runs_are_indexed_as_pairs_and_last_characters(string text, string expected) => Assert.Equal(expected, Squeezed(UnspacedWords.ForIndex(text)));

    [Theory]
    [InlineData("crop -layer", "crop -layer", null)]
    [InlineData("東京都 weather", "東京 京都 weather", null)]
    [InlineData("水", "", "'水':*")]
    [InlineData("水 火 水 pump", "pump", "'水':* & '火':*")]
    [InlineData("駅 -東京都", "-\"東京 京都\"", "'駅':*")]
    [InlineData("-水 pump", "-\"水\" pump", null)]
    [InlineData("\"東京都\"", "\" 東京 京都 \"", null)]
    [InlineData("\"水 の\" 火", "\" 水 の \"", "'火':*")]
    public void Questions_ask_for_the_same_pairs(string text, string words, string? single)
    {
        var (found, alone) = UnspacedWords.ForQuery(text);
        Assert.Equal((words, single), (Squeezed(found), alone));
    }

    private static string Squeezed(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
