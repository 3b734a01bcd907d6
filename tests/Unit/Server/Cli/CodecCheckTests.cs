using UnifiedVlm.Server.Cli;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public class CodecCheckTests
{
    [Fact]
    public void A_picture_of_each_format_comes_out_as_it_was() => Assert.Equal("PNG, JPEG and WebP decoded to pixels", CodecCheck.Run());
}
