using System.Text;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class JsonTextTests
{
    [Fact]
    public void Each_text_is_whole_and_its_own_whatever_the_one_before_it_was()
    {
        var large = JsonText.Write(2 << 20, static (json, length) => json.WriteStringValue(new string('a', length)));
        var small = Write("b");
        Assert.Throws<InvalidDataException>(() => JsonText.Write("c", static (json, _) =>
        {
            json.WriteStartObject();
            throw new InvalidDataException();
        }));

        Assert.Equal("\"d\"", Encoding.UTF8.GetString(Write("d")));
        Assert.Equal("\"b\"", Encoding.UTF8.GetString(small));
        Assert.Equal((2 << 20) + 2, large.Length);
    }

    private static byte[] Write(string text) => JsonText.Write(text, static (json, value) => json.WriteStringValue(value));
}
