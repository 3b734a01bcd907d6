using System.Collections.Immutable;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Questions that a scene's picture answers, with their answers of a word or a few.</summary>
internal sealed class SceneQuestions(SceneWorld world, CaptionWriter writer)
{
    private const int Kinds = 8;

    /// <summary>A question of a kind drawn by chance; every scene allows some.</summary>
    public (string Question, string Answer) Ask(SceneGraph scene, ref Dice dice)
    {
        while (true)
        {
            if (Ask(scene, dice.Next(Kinds), ref dice) is { } asked)
                return asked;
        }
    }

    /// <summary>"Is there a cat in the picture?" What is absent is often of the same kind as what is there.</summary>
    public (string Question, string Answer) AskPresence(SceneGraph scene, bool present, ref Dice dice)
    {
        var species = Species.Of(scene);
        var concept = species[dice.Next(species.Length)].Concept;
        if (!present)
            concept = Absent(concept, [.. species.Select(static kind => kind.Concept)], ref dice);
        var noun = world.Name(concept).WithArticle;
        return (dice.Pick([$"Is there {noun} in the picture?", $"Is there {noun}?", $"Do you see {noun}?"]), present ? "yes" : "no");
    }

    private (string Question, string Answer)? Ask(SceneGraph scene, int kind, ref Dice dice)
    {
        var species = Species.Of(scene);
        var distinct = species.Length == scene.Objects.Length;
        var one = species[dice.Next(species.Length)];
        var name = world.Name(one.Concept);
        return kind switch
        {
            0 => AskPresence(scene, dice.Chance(0.5), ref dice),
            1 => (dice.Pick(["What colour is the background?", "Which colour is behind?", "What is the colour of the background?"]), Backgrounds.Names[scene.Background]),
            2 => (dice.Pick([$"How many {name.Plural} are there?", $"How many {name.Plural} do you see?"]), Wording.Number(one.Count)),
            3 when distinct => AskWhere(scene, one, ref dice),
            4 when one.Count == 1 => (dice.Pick([$"Is the {name.Singular} small or large?", $"What size is the {name.Singular}, small or large?"]), one.Size == ObjectSize.Small ? "small" : "large"),
            5 when distinct && species.Length > 1 => AskNeighbour(scene, ref dice),
            6 when distinct && species.Length > 1 => AskRelation(scene, ref dice),
            7 when distinct && species.Length > 1 => AskLarger(species, ref dice),
            _ => null,
        };
    }

    private (string Question, string Answer) AskWhere(SceneGraph scene, Species one, ref Dice dice)
    {
        var item = scene.Objects[one.Slots[0]];
        // A wording of choice 0 says each place in one way only.
        var place = new Wording(0, SceneAspects.All).Place(item.Column, item.Row);
        var name = writer.Name(one.Concept).Singular;
        return scene.Objects.Length > 1 && item is { Column: 0 or 2, Row: 0 or 2 } && dice.Chance(0.5)
            ? (dice.Pick([$"What is {place}?", $"Which thing is {place}?"]), writer.Name(one.Concept).WithArticle)
            : (dice.Pick([$"Where is the {name}?", $"Where in the picture is the {name}?"]), place);
    }

    private (string Question, string Answer)? AskNeighbour(SceneGraph scene, ref Dice dice)
    {
        if (Related(scene, ref dice) is not var (subject, other))
            return null;
        var relation = Say(scene.RelationOf(subject, other)!.Value);
        return ($"What is {relation} the {Name(scene, other)}?", writer.Name(scene.Objects[subject].Concept).WithArticle);
    }

    private (string Question, string Answer)? AskRelation(SceneGraph scene, ref Dice dice)
    {
        if (Related(scene, ref dice) is not var (subject, other))
            return null;
        var truth = scene.RelationOf(subject, other)!.Value;
        var asked = dice.Chance(0.5) ? truth : Opposite(truth);
        return ($"Is the {Name(scene, subject)} {Say(asked)} the {Name(scene, other)}?", asked == truth ? "yes" : "no");
    }

    private (string Question, string Answer)? AskLarger(ImmutableArray<Species> species, ref Dice dice)
    {
        var (one, two) = (species[0], species[1 + dice.Next(species.Length - 1)]);
        if (one.Size == two.Size)
            return null;
        if (dice.Chance(0.5))
            (one, two) = (two, one);
        var (first, second) = (writer.Name(one.Concept).Singular, writer.Name(two.Concept).Singular);
        var larger = one.Size == ObjectSize.Large;
        return dice.Next(3) switch
        {
            0 => ($"Which is larger, the {first} or the {second}?", $"the {(larger ? first : second)}"),
            1 => ($"Is the {first} larger than the {second}?", larger ? "yes" : "no"),
            _ => ($"Is the {first} smaller than the {second}?", larger ? "no" : "yes"),
        };
    }

    private static (int Subject, int Other)? Related(SceneGraph scene, ref Dice dice)
    {
        var subject = dice.Next(scene.Objects.Length);
        int[] others = [.. Enumerable.Range(0, scene.Objects.Length).Where(other => other != subject && scene.RelationOf(subject, other) is not null)];
        return others.Length == 0 ? null : (subject, dice.Pick(others));
    }

    private int Absent(int like, IReadOnlyList<int> present, ref Dice dice)
    {
        var group = dice.Chance(0.6) ? world.Catalogue.Concepts[like].Group : null;
        for (var tries = 0; ; tries++)
        {
            var concept = dice.Pick(world.Things);
            if (!present.Contains(concept) && (tries > 200 || group is null || world.Catalogue.Concepts[concept].Group == group))
                return concept;
        }
    }

    private string Name(SceneGraph scene, int slot) => writer.Name(scene.Objects[slot].Concept).Singular;

    private static string Say(Relation relation) => new Wording(0, SceneAspects.All).Relation(relation);

    private static Relation Opposite(Relation relation) => relation switch
    {
        Relation.LeftOf => Relation.RightOf,
        Relation.RightOf => Relation.LeftOf,
        Relation.Above => Relation.Below,
        _ => Relation.Above,
    };
}
