using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>The budgets of the keys in use. One that has filled up again is forgotten when room is needed, which changes nothing for its key.</summary>
internal sealed class KeyBudgets(TimeProvider time)
{
    private const int TidyFrom = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<string, KeyBudget> budgets = [];

    /// <returns>Null: the key has no limits.</returns>
    public KeyBudget? For(ApiKey key)
    {
        lock (gate)
        {
            if (budgets.TryGetValue(key.Id, out var budget))
                return budget;
            budget = KeyBudget.For(key, time);
            if (budget is null)
                return null;
            if (budgets.Count >= TidyFrom)
                Tidy();
            return budgets[key.Id] = budget;
        }
    }

    private void Tidy()
    {
        foreach (var id in budgets.Where(static entry => entry.Value.IsFull).Select(static entry => entry.Key).ToList())
            budgets.Remove(id);
    }
}
