namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>How a caption is worded and what it says; nothing of the scene itself, so that the captions of a group can share it.</summary>
/// <param name="Choice">From which every turn of phrase follows.</param>
internal readonly record struct Wording(ulong Choice, SceneAspects Says)
{
    private static readonly string[][] SizeWords = [["small", "large"], ["small", "large"], ["small", "big"], ["little", "big"]];

    private static readonly string[][] RelationWords =
    [
        ["to the left of", "to the right of", "above", "below"],
        ["left of", "right of", "above", "below"],
        ["on the left of", "on the right of", "over", "under"],
        ["to the left of", "to the right of", "above", "beneath"],
    ];

    private static readonly string[] NumberWords = ["no", "one", "two", "three", "four"];

    /// <summary>Says what is needed and by chance more.</summary>
    public static Wording Draw(ref Dice dice, SceneAspects needed, int objects)
    {
        if (dice.Chance(objects < 3 ? 0.55 : 0.2))
            needed |= SceneAspects.Sizes;
        if (dice.Chance(0.7))
            needed |= SceneAspects.Places;
        if (dice.Chance(0.5))
            needed |= SceneAspects.Background;
        return new Wording(dice.Next(), needed);
    }

    public bool Tells(SceneAspects aspect) => (Says & aspect) == aspect;

    public string Size(ObjectSize size) => Pick(SizeWords, 1)[(int)size];

    public string Relation(Relation relation) => Pick(RelationWords, 2)[(int)relation];

    public static string Number(int count) => NumberWords[count];

    /// <summary>One of several phrases for the same; every place that chooses has a number of its own.</summary>
    public T Pick<T>(ReadOnlySpan<T> phrases, ulong place) => phrases[(int)(Dice.Mix(Choice + place) % (ulong)phrases.Length)];

    /// <summary>Where a cell is: "in the top left", "at the top", "on the left", "in the middle".</summary>
    /// <param name="brief">For sentences that name many places: "top left".</param>
    public string Place(int column, int row, bool brief = false)
    {
        if (brief && column != 1 && row != 1)
            return $"{(row == 0 ? "top" : "bottom")} {(column == 0 ? "left" : "right")}";
        var corner = Pick(["", "", " corner"], 3);
        return (column, row) switch
        {
            (1, 1) => Pick(["in the middle", "in the centre"], 4),
            (1, var line) => line == 0 ? "at the top" : "at the bottom",
            (var side, 1) => side == 0 ? "on the left" : "on the right",
            _ => $"in the {(row == 0 ? "top" : "bottom")} {(column == 0 ? "left" : "right")}{corner}",
        };
    }
}
