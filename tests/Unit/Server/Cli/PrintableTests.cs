using UnifiedVlm.Server.Cli;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public sealed class PrintableTests
{
    [Fact]
    public void What_others_wrote_keeps_to_its_place_and_tells_the_terminal_nothing()
    {
        const string Written = "\u001b[31mä\tb\r\nc\u0085\u009b";
        Assert.Equal("\uFFFD[31mä\uFFFDb\uFFFD\uFFFDc\uFFFD\uFFFD", Printable.Field(Written));
        Assert.Equal("\uFFFD[31mä\tb\uFFFD\uFFFDc\uFFFD\uFFFD", Printable.Line(Written));
        Assert.Equal("\uFFFD[31mä\tb\uFFFD\nc\uFFFD\uFFFD", Printable.Text(Written));
    }
}
