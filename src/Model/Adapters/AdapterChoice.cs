using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Adapters;

/// <summary>Checks what a request says in its field <c>adapter</c>, before it reaches a device.</summary>
public static class AdapterChoice
{
    private const string Field = "adapter";

    /// <param name="adapter">Null is the base.</param>
    /// <param name="known">Of the model folder.</param>
    /// <exception cref="DocumentRejectedException">It is not one of those; they are named.</exception>
    public static void ForGeneration(string? adapter, IReadOnlyList<string> known)
    {
        if (adapter is not null && !known.Contains(adapter))
            throw new DocumentRejectedException(Field, new UnknownAdapterException(adapter, known).Message.TrimEnd('.'), "Name one that there is, or leave it out for the base.");
    }

    /// <param name="adapter">Null takes the index's, whichever it is.</param>
    /// <param name="index">What the index and its queries are encoded with; null is the base.</param>
    /// <exception cref="DocumentRejectedException">They differ; both are named.</exception>
    public static void ForSearch(string? adapter, string? index)
    {
        if (adapter is null || adapter == index)
            return;
        var encodedWith = index is null ? "without an adapter" : $"with '{index}'";
        throw new DocumentRejectedException(
            Field, $"is '{adapter}', but the index was encoded {encodedWith}, and vectors of different adapters don't compare", "Leave it out to search with the index's.");
    }
}
