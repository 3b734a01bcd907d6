using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

public sealed class WireAskedTests
{
    [Fact]
    public void A_question_keeps_its_place()
    {
        Assert.Equal(new AskedSpan(3, 5), WireAsked.Read(WireAsked.Write(new AskedSpan(3, 5)), 9));
        Assert.Null(WireAsked.Read(WireAsked.Write(null), 9));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(-1, 5)]
    [InlineData(3, 0)]
    [InlineData(3, 6)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(3, AskedSpan.MaxLength + 1)]
    public void One_that_is_not_within_its_prompt_is_refused(int start, int length) =>
        Assert.StartsWith("asked:", Assert.Throws<WireFormatException>(() => WireAsked.Read(new Asked { Start = start, Length = length }, 9)).Message, StringComparison.Ordinal);
}
