namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>
/// A folder with one in it that nobody can read, not even root, whom no mode stops: its path is longer than the system takes. To be disposed of before its parent is, which
/// could not be deleted otherwise.
/// </summary>
internal sealed class UnreadableFolder : IDisposable
{
    private readonly string lower;
    private readonly string parked;

    public UnreadableFolder(string parent, string name)
    {
        // Either half can be named; one within the other can't.
        var half = string.Join('/', Enumerable.Repeat(new string('x', 200), 12));
        var upper = Directory.CreateDirectory(Path.Combine(parent, name, half)).FullName;
        lower = Path.Combine(upper, "lower");
        parked = Path.Combine(parent, ".parked");
        Directory.CreateDirectory(Path.Combine(parked, half));
        Directory.Move(parked, lower);
    }

    public void Dispose() => Directory.Move(lower, parked);
}
