using Microsoft.Extensions.AI;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Cli.Chat;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public sealed class ChatLineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-chat-").FullName;

    public ChatLineTests()
    {
        File.WriteAllBytes(Path.Combine(folder, "a.png"), [1]);
        File.WriteAllBytes(Path.Combine(folder, "b c.png"), [2]);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Pictures_stand_where_they_are_named()
    {
        var contents = ChatLine.Parse($"What is @{folder}/a.png beside @\"{folder}/b c.png\" here?");
        Assert.Equal(["What is", "1", "beside", "2", "here?"], contents.Select(static content => content is DataContent data ? $"{data.Data.Span[0]}" : ((TextContent)content).Text));
        Assert.All(contents.OfType<DataContent>(), static data => Assert.True(data.HasTopLevelMediaType("image")));
    }

    [Theory]
    [InlineData("write to me@example.org")]
    [InlineData("at 5 @ noon")]
    [InlineData("@")]
    [InlineData("an open @\"quote")]
    public void An_at_sign_that_names_nothing_is_a_letter(string line) =>
        Assert.Equal(line, Assert.IsType<TextContent>(Assert.Single(ChatLine.Parse(line))).Text);

    [Fact]
    public void A_picture_that_is_not_there_is_named() =>
        Assert.Contains("/nowhere/x.png", Assert.Throws<UsageException>(() => ChatLine.Parse("What is @/nowhere/x.png?")).Message, StringComparison.Ordinal);
}
