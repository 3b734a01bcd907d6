namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Captions of several sentences, about 30 to 120 tokens, that say everything: every thing, its size and place, all relations and the background.</summary>
internal sealed class LongCaption(CaptionWriter writer)
{
    public string Write(SceneGraph scene, ref Dice dice)
    {
        var wording = new Wording(dice.Next(), SceneAspects.All);
        var species = Species.Of(scene);
        var colour = Backgrounds.Names[scene.Background];
        var sentences = new List<string>();
        var colourFirst = dice.Chance(0.5);
        sentences.Add(Opening(scene.Objects.Length, wording) + (colourFirst ? $" on a {colour} background." : "."));

        int[] order = [.. Enumerable.Range(0, species.Length)];
        dice.Shuffle(order.AsSpan());
        foreach (var kind in order)
            sentences.Add(Sentence(scene, species[kind], wording, ref dice));
        if (species.Length == scene.Objects.Length)
            AddRelations(scene, wording, ref dice, sentences);
        if (!colourFirst)
            sentences.Add(wording.Pick([$"The background is {colour}.", $"Behind {(scene.Objects.Length == 1 ? "it" : "them")} is a {colour} background.", $"Everything is on a {colour} background."], 20));
        if (scene.Objects.Length == 1 || dice.Chance(0.2))
            sentences.Add(wording.Pick(["There is nothing else in the picture.", "Nothing else can be seen.", "The picture shows nothing else."], 21));
        return string.Join(' ', sentences);
    }

    private static string Opening(int count, Wording wording)
    {
        var (number, things, verb) = (Wording.Number(count), count == 1 ? "object" : "objects", count == 1 ? "is" : "are");
        return wording.Pick<string>(
            [
                $"The picture shows {number} {things}",
                $"There {verb} {number} {things}",
                $"This is a scene with {number} {things}",
                $"We see {number} {things}",
            ],
            22);
    }

    private string Sentence(SceneGraph scene, Species kind, Wording wording, ref Dice dice)
    {
        var noun = writer.Noun(kind, wording, sized: true);
        string[] places = [.. kind.Slots.Select(slot => wording.Place(scene.Objects[slot].Column, scene.Objects[slot].Row))];
        if (kind.Count > 1)
            return $"There are {noun}: {CaptionWriter.Join([.. places.Select(static place => "one " + place)])}.";
        return dice.Next(3) switch
        {
            0 => $"{Capital(noun)} is {places[0]}.",
            1 => $"{Capital(places[0])} there is {noun}.",
            _ => $"The {writer.Name(kind.Concept).Singular} {places[0]} is {wording.Size(kind.Size)}.",
        };
    }

    private void AddRelations(SceneGraph scene, Wording wording, ref Dice dice, List<string> sentences)
    {
        var pairs = new List<(int Subject, int Other)>();
        for (var i = 0; i < scene.Objects.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (scene.RelationOf(i, j) is not null)
                    pairs.Add(dice.Chance(0.5) ? (i, j) : (j, i));
            }
        }

        var shuffled = pairs.ToArray();
        dice.Shuffle(shuffled.AsSpan());
        foreach (var (subject, other) in shuffled)
        {
            var relation = wording.Relation(scene.RelationOf(subject, other)!.Value);
            sentences.Add($"The {Name(scene, subject)} is {relation} the {Name(scene, other)}.");
        }
    }

    private string Name(SceneGraph scene, int slot) => writer.Name(scene.Objects[slot].Concept).Singular;

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
