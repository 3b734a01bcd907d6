using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>What a library's reference says of its functions, classes and their parameters.</summary>
internal sealed partial class FactFinder
{
    /// <summary>The class or function that methods and parameters belong to.</summary>
    private string owner = "";

    private void Callable(int part, string block, (string Name, IReadOnlyList<string> Parameters) signature)
    {
        var name = signature.Name.Split('.')[^1];
        var nested = !signature.Name.Contains('.', StringComparison.Ordinal) && owner.Length > 0;
        parameters = signature.Parameters;
        callable = name;
        if (!nested)
            owner = name;
        var line = block.IndexOf('\n', StringComparison.Ordinal);
        if (line < 0 || name.StartsWith('_'))
            return;
        var answer = Sentences.Split(block[(line + 1)..].Split('\n')[0]).FirstOrDefault() ?? "";
        if (answer.EndsWith('.'))
            Add(FactKind.Function, part, name, nested ? owner : "", answer);
    }

    private void Parameter(int part, string name, string explanation)
    {
        if (callable.Length == 0 || (!parameters.Contains(name) && !name.EndsWith('_')))
            return;
        var answer = Sentences.Split(explanation.Split('\n')[0]).FirstOrDefault() ?? "";
        if (answer.EndsWith('.'))
            Add(FactKind.Parameter, part, name, callable == owner ? owner : $"{owner}.{callable}", answer);
    }

    [GeneratedRegex(@"^(\w+) : ", RegexOptions.CultureInvariant)]
    private static partial Regex TypedParameter();
}
