namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>The many ways in which users ask for a fact.</summary>
internal static class QuestionWordings
{
    /// <summary>{0}: the subject, {1}: what it belongs to.</summary>
    private static readonly Dictionary<FactKind, string[]> Templates = new()
    {
        [FactKind.Purpose] =
        [
            "What does the {0} do?", "What is the {0} for?", "what is the {0}", "Tell me about the {0}.", "What is the {0} used for?", "What can I do with the {0}?", "Explain the {0}.", "what's the {0} for?",
        ],
        [FactKind.Definition] = ["What is {0}?", "What's {0}?", "what is {0}", "Tell me about {0}.", "Explain {0}.", "What does {0} mean?", "Define {0}."],
        [FactKind.Place] =
        [
            "Where can I find the {0}?", "How do I open the {0}?", "How is the {0} activated?", "where is the {0}", "Where is the {0} in the menu?", "How can I activate the {0}?", "In which menu is the {0}?",
            "how to open the {0}",
        ],
        [FactKind.Shortcut] = ["What is the keyboard shortcut of the {0}?", "What is the shortcut for the {0}?", "Which key activates the {0}?", "shortcut for the {0}", "Is there a keyboard shortcut for the {0}?"],
        [FactKind.Option] =
        [
            "What does the option {0} of the {1} do?", "What does {0} do in the {1}?", "What is {0} in the {1}?", "What is the {0} option of the {1} for?", "{1}: what does {0} mean?", "Explain the {0} setting of the {1}.",
        ],
        [FactKind.Modifier] = ["What does the {0} key do with the {1}?", "What happens when I hold {0} with the {1}?", "What does {0} do in the {1}?", "{1}: what is {0} for?"],
        [FactKind.HowTo] = ["How do I {0}?", "How can I {0}?", "how to {0}", "How to {0}?", "What do I do to {0}?", "I want to {0}. How?", "What is the way to {0}?", "Tell me how to {0}."],
        [FactKind.Parameter] =
        [
            "What is the parameter {0} of {1}?", "What does {0} mean in {1}?", "What does the parameter {0} of {1} do?", "what is {0} in {1}", "Explain the argument {0} of {1}.", "{1}: what is {0}?",
        ],
        [FactKind.Function] = ["What does {0} do?", "What is {0} for?", "what does {0} do", "Tell me about {0}.", "What is {0}?", "Explain {0}."],
    };

    public static string Ask(ManualFact fact, ref Dice dice)
    {
        // A method is named with its class, an attribute is no parameter.
        var subject = fact.Kind == FactKind.Function && fact.Of.Length > 0 ? dice.Chance(0.5) ? $"{fact.Of}.{fact.Subject}" : $"the method {fact.Subject} of {fact.Of}" : fact.Subject;
        var template = dice.Pick(Templates[fact.Kind]);
        if (fact.Kind == FactKind.Parameter && subject.EndsWith('_'))
            template = template.Replace("parameter", "attribute", StringComparison.Ordinal).Replace("argument", "attribute", StringComparison.Ordinal);
        var question = template.Replace("{0}", subject, StringComparison.Ordinal).Replace("{1}", fact.Of, StringComparison.Ordinal).Replace("the the ", "the ", StringComparison.OrdinalIgnoreCase);
        return dice.Chance(0.85) ? question : Loosely(question);
    }

    /// <summary>As typed in haste.</summary>
    private static string Loosely(string question) => question.TrimEnd('?', '.').ToLowerInvariant();
}
