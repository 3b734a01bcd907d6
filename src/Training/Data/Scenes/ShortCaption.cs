namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Captions of one sentence, fewer than about 30 tokens. Scenes of one shape with one wording have sentences of one form.</summary>
internal sealed class ShortCaption(CaptionWriter writer)
{
    /// <param name="sizedSlot">An object whose size is said though the wording says no others'; only where all things differ.</param>
    public string Write(SceneGraph scene, Wording wording, int? sizedSlot = null)
    {
        var species = Species.Of(scene);
        string[] nouns = [.. species.Select(kind => writer.Noun(kind, wording, wording.Tells(SceneAspects.Sizes) || kind.Slots[0] == sizedSlot))];
        var things = Things(scene, nouns, wording);
        if (!wording.Tells(SceneAspects.Background))
            return wording.Pick(["", "", "a picture of ", "an image of ", "a scene with "], 10) + things;
        var colour = Backgrounds.Names[scene.Background];
        return wording.Pick<string>(
            [
                $"{things} on a {colour} background",
                $"{things} on a {colour} background",
                $"{things} against a {colour} background",
                $"{things}, {colour} background",
                $"on a {colour} background, {things}",
                $"a picture of {things} on {colour}",
            ],
            11);
    }

    private static string Things(SceneGraph scene, string[] nouns, Wording wording)
    {
        if (nouns.Length < scene.Objects.Length || !wording.Tells(SceneAspects.Places))
            return CaptionWriter.Join(nouns);
        return scene.Objects.Length switch
        {
            1 => $"{nouns[0]} {Place(scene.Objects[0], wording)}",
            2 when scene.RelationOf(0, 1) is { } relation && wording.Pick([true, true, true, false], 12)
                => $"{nouns[0]} {wording.Pick(["", "", "", "is "], 13)}{wording.Relation(relation)} {nouns[1]}",
            3 when wording.Pick([true, false], 12) => Around(scene, nouns, wording),
            4 when wording.Pick([true, false], 12) => Rows(scene, nouns),
            _ => CaptionWriter.Join([.. nouns.Select((noun, slot) => $"{noun} {Place(scene.Objects[slot], wording, brief: scene.Objects.Length > 2)}")]),
        };
    }

    private static string Place(SceneObject item, Wording wording, bool brief = false) => wording.Place(item.Column, item.Row, brief);

    // Of three in corners one shares its row with one of the others and its column with the other.
    private static string Around(SceneGraph scene, string[] nouns, Wording wording)
    {
        var pivot = Enumerable.Range(0, 3).Single(slot => Enumerable.Range(0, 3).All(other => other == slot || scene.RelationOf(slot, other) is not null));
        int[] others = [.. Enumerable.Range(0, 3).Where(slot => slot != pivot)];
        return $"{nouns[pivot]} {wording.Relation(scene.RelationOf(pivot, others[0])!.Value)} {nouns[others[0]]}"
            + $" and {wording.Relation(scene.RelationOf(pivot, others[1])!.Value)} {nouns[others[1]]}";
    }

    private static string Rows(SceneGraph scene, string[] nouns)
    {
        string[] order = [.. nouns.Select((noun, slot) => (noun, scene.Objects[slot])).OrderBy(static entry => entry.Item2.Row).ThenBy(static entry => entry.Item2.Column).Select(static entry => entry.noun)];
        return $"{order[0]} left of {order[1]} at the top, {order[2]} left of {order[3]} at the bottom";
    }
}
