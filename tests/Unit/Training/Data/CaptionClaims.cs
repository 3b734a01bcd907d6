using System.Text.RegularExpressions;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Tests.Unit.Training.Data;

/// <summary>Reads captions as a person would, by their words alone, and says whether all they claim is so. Knows nothing of how they are made.</summary>
internal sealed partial class CaptionClaims
{
    private static readonly string[] Numbers = ["no", "one", "two", "three", "four"];

    private readonly SceneWorld world;
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly Regex mention;

    public CaptionClaims(SceneWorld world)
    {
        this.world = world;
        foreach (var concept in world.Things)
        {
            names.Add(world.Name(concept).Singular, concept);
            names.TryAdd(world.Name(concept).Plural, concept);
        }

        var things = string.Join('|', names.Keys.OrderByDescending(static name => name.Length).Select(Regex.Escape));
        mention = new Regex($@"\b(?<number>a|an|the|one|two|three|four) (?:(?<size>small|little|large|big) )?(?<thing>{things})\b", RegexOptions.IgnoreCase);
    }

    /// <summary>Null when the caption is true and names every thing; otherwise what is wrong.</summary>
    public string? Refute(string caption, SceneGraph scene)
    {
        if (Colour().Match(caption) is { Success: true } colour && colour.Value != Backgrounds.Names[scene.Background])
            return $"the background is not {colour.Value}";
        var named = new HashSet<int>();
        foreach (var sentence in caption.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var mentions = mention.Matches(sentence);
            named.UnionWith(mentions.Select(Concept));
            if (mentions.Select(match => WrongThing(match, sentence, scene)).FirstOrDefault(static problem => problem is not null) is { } wrong)
                return wrong;
            if ((mentions.Count == 1 ? WrongPlaces(mentions[0], sentence, scene) : WrongSequence(mentions, sentence, scene)) is { } misplaced)
                return misplaced;
        }

        return scene.Objects.All(item => named.Contains(item.Concept)) ? null : "something is left out";
    }

    private int Concept(Match match) => names[match.Groups["thing"].Value.ToLowerInvariant()];

    private string? WrongThing(Match match, string sentence, SceneGraph scene)
    {
        var name = match.Groups["thing"].Value;
        var objects = scene.Objects.Where(item => item.Concept == Concept(match)).ToList();
        var number = Array.IndexOf(Numbers, match.Groups["number"].Value.ToLowerInvariant());
        if (objects.Count != Math.Abs(number))
            return $"there are {objects.Count} {name}";
        var size = match.Groups["size"].Success ? match.Groups["size"].Value : SizeAfter().Match(sentence).Groups["size"].Value;
        return size switch
        {
            "" => null,
            "large" or "big" when objects.TrueForAll(static item => item.Size == ObjectSize.Large) => null,
            "small" or "little" when objects.TrueForAll(static item => item.Size == ObjectSize.Small) => null,
            _ => $"{name} is not {size}",
        };
    }

    // One kind of thing in a sentence: all places in it are this kind's, and where there are several things each has its own.
    private string? WrongPlaces(Match match, string sentence, SceneGraph scene)
    {
        var cells = scene.Objects.Where(item => item.Concept == Concept(match)).Select(static item => (item.Column, item.Row)).ToHashSet();
        var places = PlaceWords().Matches(sentence).Select(Cell).ToList();
        if (places.Count == 0)
            return null;
        return cells.SetEquals(places) ? null : $"{match.Groups["thing"].Value} is elsewhere";
    }

    // "a above b and left of c", "a top left, b top right", "a left of b at the top, c left of d at the bottom".
    private string? WrongSequence(MatchCollection mentions, string sentence, SceneGraph scene)
    {
        for (var i = 0; i < mentions.Count; i++)
        {
            var end = i + 1 < mentions.Count ? mentions[i + 1].Index : sentence.Length;
            var words = sentence[(mentions[i].Index + mentions[i].Length)..end];
            var item = scene.Objects.First(item => item.Concept == Concept(mentions[i]));
            if (i + 1 < mentions.Count && RelationWords().Match(words) is { Success: true } relation)
            {
                var subject = words.StartsWith(" and ", StringComparison.Ordinal) ? scene.Objects.First(other => other.Concept == Concept(mentions[0])) : item;
                if (!Holds(subject, relation.Value, scene.Objects.First(other => other.Concept == Concept(mentions[i + 1]))))
                    return $"{world.Name(subject.Concept).Singular} is not {relation.Value} {mentions[i + 1].Groups["thing"].Value}";
            }
            else if (PlaceWords().Match(words) is { Success: true } place)
            {
                var (column, row) = Cell(place);
                // Of two in the top row "at the top" says the row alone.
                if (item.Row != row || (column != 1 && item.Column != column) || (column == 1 && scene.Objects.Length == 1 && item.Column != 1))
                    return $"{mentions[i].Groups["thing"].Value} is not {place.Value}";
                if (column == 1 && row != 1 && scene.Objects.Length == 2 && item.Column != 1)
                    return $"{mentions[i].Groups["thing"].Value} is not {place.Value}";
            }
        }

        return null;
    }

    // From the cells themselves: clearly apart along one axis and level on the other.
    private static bool Holds(SceneObject subject, string relation, SceneObject other) => relation switch
    {
        "left of" => subject.Row == other.Row && subject.Column < other.Column,
        "right of" => subject.Row == other.Row && subject.Column > other.Column,
        "above" or "over" => subject.Column == other.Column && subject.Row < other.Row,
        _ => subject.Column == other.Column && subject.Row > other.Row,
    };

    private static (int Column, int Row) Cell(Match place)
    {
        var words = place.Value.ToLowerInvariant();
        var row = words.Contains("top", StringComparison.Ordinal) ? 0 : words.Contains("bottom", StringComparison.Ordinal) ? 2 : 1;
        var column = words.EndsWith("left", StringComparison.Ordinal) ? 0 : words.EndsWith("right", StringComparison.Ordinal) ? 2 : 1;
        return (column, row);
    }

    [GeneratedRegex(@"\b(white|grey|yellow|green|blue|purple|pink|brown)\b(?! apple)")]
    private static partial Regex Colour();

    [GeneratedRegex(@" is (?<size>small|little|large|big)$")]
    private static partial Regex SizeAfter();

    [GeneratedRegex(@"\b(left of|right of|above|over|below|under|beneath)\b")]
    private static partial Regex RelationWords();

    [GeneratedRegex(@"\b((top|bottom) (left|right)|at the (top|bottom)|on the (left|right)(?! of)|in the (middle|centre))\b", RegexOptions.IgnoreCase)]
    private static partial Regex PlaceWords();
}
