namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Finds citations ([2], [1, 3]) in an answer as it comes, token by token; a citation may be spread over several. Numbers outside the evidence
/// are not citations, whatever the model or a document meant by them.
/// </summary>
internal sealed class CitationParser(int evidence)
{
    // Longer numbers belong to no evidence.
    private const int MaxDigits = 4;

    private readonly List<int> numbers = [];
    private int position;
    private int start = -1;
    private int number = -1;
    private int digits;
    private bool hasEnded;

    /// <summary>Takes in the next piece of the answer.</summary>
    /// <returns>The citations that it closes, with the positions of their opening brackets.</returns>
    public IReadOnlyList<(int Number, int Position)> Add(string text)
    {
        List<(int, int)>? found = null;
        foreach (var c in text)
        {
            switch (c)
            {
                case '[':
                    Reset();
                    start = position;
                    break;
                case >= '0' and <= '9' when start >= 0 && digits < MaxDigits && !hasEnded:
                    number = (Math.Max(number, 0) * 10) + (c - '0');
                    digits++;
                    break;
                case ',' or ';' when start >= 0 && number >= 0:
                    Keep();
                    break;
                case ' ' when start >= 0:
                    // Before a number or after it, and not within: "1 2" is none.
                    hasEnded = number >= 0;
                    break;
                case ']' when start >= 0 && number >= 0:
                    Keep();
                    foreach (var cited in numbers)
                        (found ??= []).Add((cited, start));
                    Reset();
                    break;
                default:
                    Reset();
                    break;
            }

            position++;
        }

        return found ?? [];
    }

    private void Keep()
    {
        if (number >= 1 && number <= evidence && !numbers.Contains(number))
            numbers.Add(number);
        number = -1;
        digits = 0;
        hasEnded = false;
    }

    private void Reset()
    {
        numbers.Clear();
        start = number = -1;
        digits = 0;
        hasEnded = false;
    }
}
