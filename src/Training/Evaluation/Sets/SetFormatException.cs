namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>A set to evaluate on can't be read; the message names the file, the item and the field.</summary>
public sealed class SetFormatException : Exception
{
    public SetFormatException(string file, string problem, Exception? inner = null)
        : base($"{file}: {problem}", inner)
    {
    }

    /// <param name="item">Such as <c>images[3]</c> or <c>line 7</c>.</param>
    public SetFormatException(string file, string item, string field, string problem, Exception? inner = null)
        : base($"{file}: {item}: {field} {problem}", inner)
    {
    }
}
