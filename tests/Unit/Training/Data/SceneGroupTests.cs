using System.Collections.Immutable;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Tests.Unit.Training.Data;

[Collection(nameof(TinyData))]
public sealed class SceneGroupTests(TinyData data)
{
    private const ulong Groups = 1500;

    private readonly CaptionClaims claims = new(data.Kit.World);

    [Theory]
    [InlineData(DataSplit.Train)]
    [InlineData(DataSplit.Test)]
    public void Each_caption_is_true_of_its_own_scene_and_of_no_other_in_the_group(DataSplit split)
    {
        var members = 0;
        for (var index = 0UL; index < Groups; index++)
        {
            var group = Draw(index, split);
            members += group.Length;
            AssertTellsApart(group);
        }

        Assert.InRange(members / (double)Groups, 2.3, 4);
    }

    [Fact]
    public void Groups_of_order_differ_in_where_things_are_alone_and_their_captions_say_where()
    {
        for (var index = 0UL; index < Groups; index++)
        {
            var dice = new Dice(11, "order", index);
            var group = data.Kit.Groups.Draw(ref dice, DataSplit.Train, SceneGroupMix.Order);
            Assert.NotEmpty(group);
            Assert.Single(group.Select(static member => string.Join(' ', member.Scene.Objects.Select(static item => item.Concept).Order())).Distinct());
            AssertTellsApart(group);
        }
    }

    [Fact]
    public void Scenes_told_twice_are_told_truly_and_apart_both_times()
    {
        var (reworded, reordered) = (0, 0);
        for (var index = 0UL; index < Groups; index++)
        {
            var dice = new Dice(11, "told", index);
            var group = data.Kit.Groups.DrawTold(ref dice, DataSplit.Train, SceneGroupMix.Order);
            AssertTellsApart([.. group.Select(static member => (member.Scene, member.One))]);
            AssertTellsApart([.. group.Select(static member => (member.Scene, member.Other))]);
            reworded += group.Count(static member => member.One != member.Other);
            var first = group[0].Scene.Objects[0].Concept;
            var name = data.Kit.World.Name(first).Singular;
            reordered += group[0].One.IndexOf(name, StringComparison.Ordinal) < group[0].One.Length / 2 && group[0].Other.IndexOf(name, StringComparison.Ordinal) > group[0].Other.Length / 2 ? 1 : 0;
        }

        Assert.True(reworded > (int)Groups, $"{reworded} are worded anew");
        Assert.InRange(reordered, (int)Groups / 5, (int)Groups * 4 / 5);
    }

    [Fact]
    public void Scenes_of_a_group_look_alike_but_for_the_edit()
    {
        for (var index = 0UL; index < Groups; index++)
        {
            var group = Draw(index, DataSplit.Train);
            Assert.Single(group.Select(static member => member.Scene.Look).Distinct());
            Assert.InRange(group.Length, 1, 4);
        }
    }

    [Fact]
    public void An_edit_changes_what_it_names_and_nothing_else()
    {
        var seen = new HashSet<SceneEdit>();
        for (var index = 0UL; index < Groups; index++)
        {
            var dice = new Dice(5, "edits", index);
            var scene = data.Kit.Composer.Draw(ref dice, DataSplit.Train, dice.Pick(Enum.GetValues<SceneShape>()));
            foreach (var edit in SceneEditor.Possible(scene))
            {
                if (data.Kit.Groups.Editor.TryApply(ref dice, scene, edit, DataSplit.Train) is not { } edited)
                    continue;
                seen.Add(edit);
                AssertMinimal(edit, scene, edited);
            }
        }

        Assert.Equal(Enum.GetValues<SceneEdit>().Order(), seen.Order());
    }

    [Fact]
    public void A_draw_in_the_same_place_is_the_same_picture_and_another_background_is_not()
    {
        var dice = new Dice(5, "drawing", 0);
        var scene = data.Kit.Composer.Draw(ref dice, DataSplit.Train, SceneShape.Pair);
        var picture = data.Kit.Canvas.Draw(scene);

        Assert.Equal(128, picture.Side);
        Assert.Equal(picture.Rgb.ToArray(), data.Kit.Canvas.Draw(scene).Rgb.ToArray());
        Assert.NotEqual(picture.Rgb.ToArray(), data.Kit.Canvas.Draw(scene with { Background = (scene.Background + 1) % Backgrounds.Count }).Rgb.ToArray());
    }

    [Fact]
    public void Changing_one_object_leaves_the_pixels_of_the_others()
    {
        var dice = new Dice(5, "slots", 0);
        SceneGraph scene;
        do
        {
            scene = data.Kit.Composer.Draw(ref dice, DataSplit.Train, SceneShape.Pair);
        }
        while (scene.Objects[0].Row != scene.Objects[1].Row || scene.Objects[0].Column != 0);

        var edited = scene.With(0, scene.Objects[0] with { Size = ObjectSize.Small == scene.Objects[0].Size ? ObjectSize.Large : ObjectSize.Small });
        var (before, after) = (data.Kit.Canvas.Draw(scene).Rgb, data.Kit.Canvas.Draw(edited).Rgb);
        // The right third holds the other object alone.
        for (var y = 0; y < SceneCanvas.Side; y++)
        {
            var line = ((y * SceneCanvas.Side) + 70) * 3;
            Assert.True(before.Span.Slice(line, 58 * 3).SequenceEqual(after.Span.Slice(line, 58 * 3)));
        }

        Assert.False(before.Span.SequenceEqual(after.Span));
    }

    private static void AssertMinimal(SceneEdit edit, SceneGraph before, SceneGraph after)
    {
        Assert.Equal(before.Look, after.Look);
        Assert.Equal(edit == SceneEdit.ReplaceBackground, before.Background != after.Background);
        var (added, changed) = (after.Objects.Length - before.Objects.Length, before.Objects.Zip(after.Objects).Where(static pair => pair.First != pair.Second).ToList());
        switch (edit)
        {
            case SceneEdit.ReplaceBackground:
                Assert.Equal(before.Objects, after.Objects);
                break;
            case SceneEdit.ReplaceObject:
                Assert.Single(changed.Select(static pair => (pair.First.Concept, pair.Second.Concept)).Distinct());
                Assert.All(changed, static pair => Assert.Equal(pair.First, pair.Second with { Concept = pair.First.Concept, Style = pair.First.Style }));
                break;
            case SceneEdit.ReplaceSize:
                Assert.Single(changed.Select(static pair => pair.First.Concept).Distinct());
                Assert.All(changed, static pair => Assert.Equal(pair.First, pair.Second with { Size = pair.First.Size }));
                break;
            case SceneEdit.SwapSizes:
                Assert.Equal(2, changed.Select(static pair => pair.First.Concept).Distinct().Count());
                Assert.All(changed, static pair => Assert.Equal(pair.First, pair.Second with { Size = pair.First.Size }));
                break;
            case SceneEdit.ReplaceRelation:
                Assert.All(changed, static pair => Assert.Equal(pair.First, pair.Second with { Column = pair.First.Column, Row = pair.First.Row }));
                Assert.NotEmpty(changed);
                break;
            case SceneEdit.SwapObjects:
                Assert.Equal(2, changed.Select(static pair => pair.First.Concept).Distinct().Count());
                Assert.All(changed, static pair => Assert.Equal(pair.First, pair.Second with { Concept = pair.First.Concept, Style = pair.First.Style }));
                break;
            default:
                Assert.Equal(1, Math.Abs(added));
                Assert.Equal(edit == SceneEdit.AddObject, after.Objects.Any(item => before.Objects.All(old => old.Concept != item.Concept)));
                break;
        }
    }

    private void AssertTellsApart(ImmutableArray<(SceneGraph Scene, string Caption)> group)
    {
        foreach (var (scene, caption) in group)
        {
            foreach (var other in group)
                Assert.True(claims.Refute(caption, other.Scene) is null == ReferenceEquals(scene, other.Scene), $"'{caption}' over the scene of '{other.Caption}'");
        }
    }

    private ImmutableArray<(SceneGraph Scene, string Caption)> Draw(ulong index, DataSplit split)
    {
        var dice = new Dice(11, "groups", index);
        return data.Kit.Groups.Draw(ref dice, split);
    }
}
