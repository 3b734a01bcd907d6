using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Tests.Unit.Training.Data;

[Collection(nameof(TinyData))]
public sealed class CaptionTests(TinyData data)
{
    private const int Scenes = 400;

    private readonly CaptionClaims claims = new(data.Kit.World);

    public static TheoryData<int> Shapes => [.. Enum.GetValues<SceneShape>().Select(static shape => (int)shape)];

    [Theory, MemberData(nameof(Shapes))]
    public void Short_captions_are_true(int shape)
    {
        for (var i = 0; i < Scenes; i++)
        {
            var (scene, dice) = Draw(shape, i);
            var caption = data.Kit.Short.Write(scene, Wording.Draw(ref dice, SceneAspects.None, scene.Objects.Length));
            Assert.True(claims.Refute(caption, scene) is null, $"'{caption}': {claims.Refute(caption, scene)}");
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Long_captions_are_true(int shape)
    {
        for (var i = 0; i < Scenes; i++)
        {
            var (scene, dice) = Draw(shape, i);
            var caption = data.Kit.Long.Write(scene, ref dice);
            Assert.True(claims.Refute(caption, scene) is null, $"'{caption}': {claims.Refute(caption, scene)}");
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Long_captions_say_everything_so_any_edit_makes_them_false(int shape)
    {
        for (var i = 0; i < Scenes; i++)
        {
            var (scene, dice) = Draw(shape, i);
            var caption = data.Kit.Long.Write(scene, ref dice);
            foreach (var edit in SceneEditor.Possible(scene))
            {
                if (data.Kit.Groups.Editor.TryApply(ref dice, scene, edit, DataSplit.Train) is { } edited)
                    Assert.True(claims.Refute(caption, edited) is not null, $"'{caption}' is as true after {edit}");
            }
        }
    }

    [Fact]
    public void Short_captions_stay_short_and_long_ones_within_their_range()
    {
        var (shortest, longest, longestShort) = (int.MaxValue, 0, 0);
        foreach (var shape in Enum.GetValues<SceneShape>())
        {
            for (var i = 0; i < Scenes; i++)
            {
                var (scene, dice) = Draw((int)shape, i);
                longestShort = Math.Max(longestShort, Words(data.Kit.Short.Write(scene, Wording.Draw(ref dice, SceneAspects.None, scene.Objects.Length))));
                var words = Words(data.Kit.Long.Write(scene, ref dice));
                (shortest, longest) = (Math.Min(shortest, words), Math.Max(longest, words));
            }
        }

        Assert.InRange(longestShort, 10, 34);
        Assert.InRange(shortest, 18, 30);
        Assert.InRange(longest, 60, 110);
    }

    [Fact]
    public void Names_are_unmistakable()
    {
        var names = SceneNames.All.Values.ToList();
        Assert.InRange(names.Count, 350, 450);
        Assert.Equal(names.Count, names.Select(static name => name.Singular).Distinct().Count());
        Assert.Equal(names.Count, names.Select(static name => name.Plural).Distinct().Count());
        Assert.All(names, static name => Assert.Matches("^[a-z][a-z -]*[a-z]$", name.Singular));
    }

    [Theory]
    [InlineData("apple", "an apple")]
    [InlineData("unicorn", "a unicorn")]
    [InlineData("hourglass", "an hourglass")]
    [InlineData("house", "a house")]
    [InlineData("umbrella", "an umbrella")]
    public void Articles_follow_the_sound(string name, string expected) =>
        Assert.Equal(expected, new UnifiedVlm.Training.Data.Emoji.SceneName(name, name + "s").WithArticle);

    private (SceneGraph Scene, Dice Dice) Draw(int shape, int index)
    {
        var dice = new Dice(3, "captions", (ulong)index);
        return (data.Kit.Composer.Draw(ref dice, DataSplit.Train, (SceneShape)shape), dice);
    }

    private static int Words(string text) => text.Split(' ').Length;
}
