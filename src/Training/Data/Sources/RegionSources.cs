using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Sources;

/// <summary>Pictures with what is where in them.</summary>
internal sealed class RegionSources(SceneKit kit, DataSplit split, IReadOnlyList<int> concepts)
{
    private const double EmptyField = 0.15;
    private const int VisibleTries = 8;

    // What scenes are made of has to be known best.
    private const double SceneThings = 0.7;

    private static readonly SceneShape[] Shapes = [SceneShape.Single, SceneShape.Pair, SceneShape.Pair, SceneShape.Triple, SceneShape.Quad, SceneShape.MixedCount];

    /// <summary>A scene as captions describe them.</summary>
    public RegionSample Scene(ref Dice dice)
    {
        var scene = kit.Composer.Draw(ref dice, split, dice.Pick(Shapes));
        var boxes = new List<SpriteBox>();
        var picture = kit.Canvas.Draw(scene, boxes);
        return new RegionSample(picture, [.. boxes.Zip(scene.Objects, (box, item) => RegionOf(box, item.Concept))], Backgrounds.Names[scene.Background]);
    }

    /// <summary>Unrelated emoji, one large or a field of up to nine: many concepts a picture.</summary>
    public RegionSample Mosaic(ref Dice dice)
    {
        var background = dice.Next(Backgrounds.Count);
        var placed = new List<(int Concept, int Sprite, SpriteBox Box)>();
        var fields = dice.Pick([1, 2, 3, 3]);
        if (fields == 1)
        {
            var (concept, sprite) = Draw(ref dice, background);
            placed.Add((concept, sprite, SceneCanvas.Alone(ref dice)));
        }

        for (var field = 0; fields > 1 && field < fields * fields; field++)
        {
            if (dice.Chance(EmptyField))
                continue;
            var (concept, sprite) = Draw(ref dice, background);
            var room = SceneCanvas.Side / fields;
            var side = dice.Between(room * 2 / 3, room);
            var (left, top) = (field % fields * room, field / fields * room);
            placed.Add((concept, sprite, new SpriteBox(left + dice.Between(0, room - side), top + dice.Between(0, room - side), side)));
        }

        var picture = kit.Canvas.DrawAt(placed.Select(static p => (p.Sprite, p.Box)), background, dice.Next());
        return new RegionSample(picture, [.. placed.Select(p => RegionOf(p.Box, p.Concept))], Backgrounds.Names[background]);
    }

    private (int Concept, int Sprite) Draw(ref Dice dice, int background)
    {
        var concept = DrawConcept(ref dice);
        var style = DrawStyle(ref dice, concept);
        for (var tries = 1; tries < VisibleTries && !kit.World.IsVisible(concept, style, background); tries++)
        {
            concept = DrawConcept(ref dice);
            style = DrawStyle(ref dice, concept);
        }

        return (concept, kit.Catalogue.Concepts[concept].Sprite(style));
    }

    private int DrawConcept(ref Dice dice) => dice.Pick(dice.Chance(SceneThings) ? kit.World.Things : concepts);

    private EmojiStyle DrawStyle(ref Dice dice, int concept) =>
        dice.Pick([.. EmojiStyles.All.Where(style => kit.Catalogue.Concepts[concept].Sprite(style) >= 0)]);

    private Region RegionOf(SpriteBox box, int concept)
    {
        var drawn = kit.Catalogue.Concepts[concept];
        return new Region(box.Left, box.Top, box.Left + box.Side, box.Top + box.Side, drawn.Scene?.Singular ?? drawn.Label);
    }
}
