using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Tests.Unit.Training.Layout;

public sealed class RegionGridTests
{
    [Fact]
    public void A_field_is_called_after_what_covers_most_of_it()
    {
        // Fields of 10 x 10: "cat" fills the first, and 6 of 10 columns of the second; "dog" the lower half of the second.
        var texts = Label([new Region(0, 0, 16, 10, "cat"), new Region(10, 5, 20, 10, "dog")], "blue");
        Assert.Equal<string?>(["cat", "cat", "blue", "blue"], texts);
    }

    [Fact]
    public void What_is_drawn_last_lies_on_top()
    {
        Assert.Equal("dog", Label([new Region(0, 0, 20, 20, "cat"), new Region(0, 0, 20, 20, "dog")], null).Last());
    }

    [Theory]
    [InlineData(0, "blue")]
    [InlineData(1, null)] // a tenth of the field: something may be there
    [InlineData(2, "cat")]
    public void A_field_with_a_little_of_something_is_called_nothing(int columns, string? expected)
    {
        Assert.Equal(expected, Label([new Region(0, 0, columns, 10, "cat")], "blue").First());
    }

    [Fact]
    public void What_lies_outside_the_picture_does_not_count()
    {
        Assert.Equal<string?>(["cat", "blue", "blue", "blue"], Label([new Region(-50, -50, 5, 10, "cat")], "blue"));
        Assert.Equal<string?>([null, null, null, null], Label([new Region(20, 20, 90, 90, "cat")], null));
    }

    private static IEnumerable<string?> Label(IReadOnlyList<Region> regions, string? elsewhere) =>
        RegionGrid.Label(new RegionSample(new Picture(20, new byte[20 * 20 * 3]), regions, elsewhere), 2);
}
