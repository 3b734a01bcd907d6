using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>A dead letter with everything that is kept of it.</summary>
public sealed record StoredDeadLetter(DeadLetterSummary Summary, DeadLetter Letter);
