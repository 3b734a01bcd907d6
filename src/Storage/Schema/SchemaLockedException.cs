namespace UnifiedVlm.Storage.Schema;

/// <summary>The schema was not changed, because others held locks on its tables for longer than is waited for.</summary>
/// <param name="holders">Who was seen to, in words.</param>
public sealed class SchemaLockedException(IReadOnlyList<string> holders, TimeSpan waited, Exception? inner = null) : SchemaException(
    $"The schema could not be brought up to date within {waited.TotalSeconds:0} s, because its tables are in use by {(holders.Count == 0 ? "somebody who was gone when it was looked" : string.Join(", ", holders))}.",
    "Nothing was changed. Let them come to their end, or end them by pg_terminate_backend(pid), and start again.", inner)
{
    public IReadOnlyList<string> Holders { get; } = holders;
}
