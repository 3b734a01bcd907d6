using Google.Protobuf;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

public sealed class WireDocumentTests
{
    private const int ImageToken = 99;

    [Fact]
    public void Pictures_that_are_not_there_are_refused_however_many_they_are()
    {
        // 4,096 x 3 x 512 x 512 x 4 bytes are 3 x 2^32.
        var window = new Window { Pictures = 4096, TokenIds = { 1 } };
        var refusal = Assert.Throws<WireFormatException>(() => WireDocument.Read(window, new WireLimits(100, 1000, 3 * 512 * 512, ImageToken, 1)));
        Assert.StartsWith("pixels:", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(4, false)]
    public void A_picture_has_its_places_among_the_tokens(int places, bool isTaken)
    {
        var limits = new WireLimits(100, 1000, 3, ImageToken, 2);
        var window = new Window { Pictures = 1, Pixels = ByteString.CopyFrom(new byte[3 * sizeof(float)]) };
        window.TokenIds.AddRange([1, .. Enumerable.Repeat(ImageToken, places)]);
        if (isTaken)
        {
            using var read = WireDocument.Read(window, limits);
            Assert.Equal(1, read.ImageCount);
        }
        else
        {
            Assert.StartsWith("token_ids:", Assert.Throws<WireFormatException>(() => WireDocument.Read(window, limits)).Message, StringComparison.Ordinal);
        }
    }
}
