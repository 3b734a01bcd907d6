using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>A parameter that is misspelt must not pass for one left out: what is listed, stored or removed would be something else than was asked for.</summary>
internal static class KnownParameters
{
    /// <summary>Where whose the request is about is all that a URL says.</summary>
    public static readonly IReadOnlyList<string> Tenant = ["tenant"];

    /// <exception cref="DocumentRejectedException">A parameter is not known, or given twice.</exception>
    public static void Check(IQueryCollection query, IReadOnlyList<string> known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new DocumentRejectedException(name, "is not a known parameter", $"The parameters are {string.Join(", ", known)}.");
            if (values.Count > 1)
                throw new DocumentRejectedException(name, "is given twice", "Give it once.");
        }
    }
}
