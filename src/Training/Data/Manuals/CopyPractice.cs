using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Endless questions about made-up facts: nothing to know, only to find the sentence that speaks of the thing asked about, to quote it and
/// to say where it stands, or that it is not there.
/// </summary>
internal static class CopyPractice
{
    private const double AbsentShare = 0.3;
    private const int MaxEvidence = 4;

    private static readonly string[] Things =
    [
        "door", "box", "key", "lamp", "car", "boat", "garden", "house", "room", "bridge", "tower", "robot", "printer", "camera", "engine", "bottle", "ticket", "train", "clock", "desk", "window", "server",
        "folder", "layer", "brush", "menu", "station", "market", "school", "river", "hotel", "stone", "bag", "ship", "farm",
    ];

    private static readonly string[] Qualities =
    [
        "red", "blue", "green", "old", "new", "small", "large", "first", "second", "third", "left", "right", "wooden", "silver", "golden", "white", "black", "northern", "southern", "round", "heavy", "quiet",
        "yellow", "upper", "lower", "broken", "empty", "open",
    ];

    private static readonly string[] Names = ["Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Ivan", "Julia", "Karl", "Laura", "Marta", "Nils", "Olga", "Peter", "Rosa", "Simon", "Tina", "Viktor"];

    private static readonly string[] Places = ["Lisbon", "Oslo", "Prague", "Rome", "Tokyo", "Cairo", "Lima", "Quito", "Riga", "Vienna", "the cellar", "the attic", "the kitchen", "the second floor", "the harbour", "the library"];

    /// <summary>What is stated of a thing {0} with a value {1}, and how it is asked.</summary>
    private static readonly (string Statement, string[] Questions, Values Values)[] Facts =
    [
        ("The code of the {0} is {1}.", ["What is the code of the {0}?", "Tell me the code of the {0}.", "Which code does the {0} have?", "{0} code"], Values.Number),
        ("The price of the {0} is {1} euros.", ["What is the price of the {0}?", "How much is the {0}?", "How much does the {0} cost?"], Values.Number),
        ("The {0} weighs {1} kilograms.", ["How heavy is the {0}?", "What does the {0} weigh?", "What is the weight of the {0}?"], Values.Number),
        ("The {0} belongs to {1}.", ["Who owns the {0}?", "To whom does the {0} belong?", "Whose is the {0}?"], Values.Name),
        ("The {0} was made by {1}.", ["Who made the {0}?", "By whom was the {0} made?"], Values.Name),
        ("The {0} is in {1}.", ["Where is the {0}?", "Where can I find the {0}?", "where is the {0}"], Values.Place),
        ("The {0} was built in {1}.", ["When was the {0} built?", "In which year was the {0} built?"], Values.Year),
        ("The {0} opens at {1}.", ["When does the {0} open?", "At what time does the {0} open?"], Values.Time),
        ("The {0} is used for {1}.", ["What is the {0} used for?", "What is the {0} for?", "What does one do with the {0}?"], Values.Deed),
        ("The {0} is called {1}.", ["What is the name of the {0}?", "What is the {0} called?"], Values.Word),
    ];

    private static readonly string[] Deeds = ["cutting paper", "moving stones", "writing letters", "storing apples", "measuring time", "mixing colours", "drawing lines", "saving pictures", "cleaning glass", "counting coins", "carrying water", "reading maps"];
    private static readonly string[] Syllables = ["ka", "lo", "mi", "ra", "tu", "ne", "so", "vi", "be", "do", "fa", "gu", "zan", "tor", "mel", "pix"];

    private enum Values
    {
        Number,
        Name,
        Place,
        Year,
        Time,
        Deed,
        Word,
    }

    public static DialogueSample Make(ref Dice dice)
    {
        var count = dice.Between(1, MaxEvidence);
        var absent = dice.Chance(AbsentShare);
        var asked = new Item(dice.Next(Facts.Length), Thing(ref dice));
        var rank = absent ? -1 : dice.Next(count);
        var answer = Statement(asked, ref dice);
        var evidence = new List<EvidenceItem>();
        for (var i = 0; i < count; i++)
            evidence.Add(Evidence(asked, i == rank ? answer : null, ref dice));
        var question = dice.Pick(Facts[asked.Fact].Questions).Replace("{0}", asked.Thing, StringComparison.Ordinal);
        return new DialogueSample(evidence, Content.Of(question), absent ? ManualQuestion.Refusal : $"{answer} [{rank + 1}]");
    }

    /// <summary>One to three sentences, most about something like what is asked: the same thing otherwise, or the same of another thing.</summary>
    private static EvidenceItem Evidence(Item asked, string? answer, ref Dice dice)
    {
        var sentences = new List<string>();
        var count = dice.Between(answer is null ? 1 : 0, 2);
        for (var i = 0; i < count; i++)
            sentences.Add(Statement(Other(asked, ref dice), ref dice));
        if (answer is not null)
            sentences.Insert(dice.Next(sentences.Count + 1), answer);
        var title = dice.Chance(0.5) ? $"Note {dice.Between(1, 99)}" : null;
        return new EvidenceItem(title, Content.Of(string.Join(' ', sentences)));
    }

    private static Item Other(Item asked, ref Dice dice)
    {
        var kind = dice.Next(3);
        if (kind == 0)
            return new Item((asked.Fact + 1 + dice.Next(Facts.Length - 1)) % Facts.Length, asked.Thing);
        string thing;
        do
            thing = kind == 1 ? $"{dice.Pick(Qualities)} {asked.Thing.Split(' ')[1]}" : Thing(ref dice);
        while (thing == asked.Thing);
        return new Item(dice.Chance(0.5) ? asked.Fact : dice.Next(Facts.Length), thing);
    }

    private static string Thing(ref Dice dice) => $"{dice.Pick(Qualities)} {dice.Pick(Things)}";

    private static string Statement(Item item, ref Dice dice)
    {
        var value = Facts[item.Fact].Values switch
        {
            Values.Number => $"{dice.Between(2, dice.Chance(0.5) ? 99 : 9999)}",
            Values.Name => dice.Pick(Names),
            Values.Place => dice.Pick(Places),
            Values.Year => $"{dice.Between(1700, 2020)}",
            Values.Time => $"{dice.Between(5, 12)}:{dice.Between(1, 5)}0",
            Values.Deed => dice.Pick(Deeds),
            _ => Name(ref dice),
        };
        return Facts[item.Fact].Statement.Replace("{0}", item.Thing, StringComparison.Ordinal).Replace("{1}", value, StringComparison.Ordinal);
    }

    private static string Name(ref Dice dice)
    {
        var name = string.Concat(dice.Pick(Syllables), dice.Pick(Syllables), dice.Chance(0.5) ? dice.Pick(Syllables) : "");
        return char.ToUpperInvariant(name[0]) + name[1..];
    }

    private readonly record struct Item(int Fact, string Thing);
}
