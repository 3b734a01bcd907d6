namespace UnifiedVlm.Training.Teachers;

/// <summary>A teacher that can't be opened, or has no answer where it owes one.</summary>
/// <param name="teacher">As the recipe names it.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="fix">What to do about it.</param>
public sealed class TeacherException(string teacher, string problem, string fix, Exception? inner = null)
    : Exception($"teacher {teacher}: {problem}. {fix}", inner)
{
    public string Teacher { get; } = teacher;

    public string Problem { get; } = problem;

    public string Fix { get; } = fix;
}
