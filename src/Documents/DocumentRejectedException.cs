namespace UnifiedVlm.Documents;

/// <summary>A document that can't be taken as it is. Final, unless a subclass says otherwise: the same bytes will be refused again.</summary>
/// <param name="field">The path of the offending field, such as <c>parts[3].data</c>; <c>$</c> for the document itself.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="fix">What the sender can do about it.</param>
public class DocumentRejectedException(string field, string problem, string fix, Exception? inner = null)
    : Exception($"{field}: {problem}. {fix}", inner)
{
    public string Field { get; } = field;

    public string Problem { get; } = problem;

    public string Fix { get; } = fix;
}
