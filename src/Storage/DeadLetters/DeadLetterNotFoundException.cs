using System.Globalization;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>There is no dead letter of this number, or it is another tenant's, or it was replayed or dropped meanwhile.</summary>
public sealed class DeadLetterNotFoundException(long id) : Exception(string.Create(
    CultureInfo.InvariantCulture, $"There is no dead letter {id}: it may have been replayed or dropped."));
