using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Tests.Unit.Documents;

public class Rfc3339Tests
{
    [Theory]
    [InlineData("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z")]
    [InlineData("2024-05-01t12:00:00z", "2024-05-01T12:00:00Z")]
    [InlineData("2024-05-01T12:00:00.5+02:00", "2024-05-01T10:00:00.5Z")]
    [InlineData("2024-05-01T12:00:00.123456789Z", "2024-05-01T12:00:00.123456Z")]
    [InlineData("2024-05-01T00:00:00-23:59", "2024-05-01T23:59:00Z")]
    [InlineData("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z")]
    public void Instants_are_read_and_written(string text, string canonical)
    {
        Assert.True(Rfc3339.TryParse(text, out var time));
        Assert.Equal(canonical, Rfc3339.Format(time));
        Assert.Equal(TimeSpan.Zero, time.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2024-05-01")]
    [InlineData("2024-05-01T12:00:00")]
    [InlineData("2024-05-01 12:00:00Z")]
    [InlineData("2024-05-01T12:00Z")]
    [InlineData("2024-05-01T24:00:00Z")]
    [InlineData("2024-05-01T12:60:00Z")]
    [InlineData("2024-05-01T12:00:60Z")]
    [InlineData("2024-04-31T12:00:00Z")]
    [InlineData("2024-00-01T12:00:00Z")]
    [InlineData("2024-05-00T12:00:00Z")]
    [InlineData("0000-05-01T12:00:00Z")]
    [InlineData("2024-05-01T12:00:00.Z")]
    [InlineData("2024-05-01T12:00:00.1234567890Z")]
    [InlineData("2024-05-01T12:00:00+0200")]
    [InlineData("2024-05-01T12:00:00+24:00")]
    [InlineData("2024-05-01T12:00:00+02:60")]
    [InlineData("2024-05-01T12:00:00Zx")]
    [InlineData("２０２４-05-01T12:00:00Z")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public void Everything_else_is_refused(string text) => Assert.False(Rfc3339.TryParse(text, out _));
}
