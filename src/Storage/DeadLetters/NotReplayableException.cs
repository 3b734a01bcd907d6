using System.Globalization;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>The record is not there to be ingested again.</summary>
public sealed class NotReplayableException(DeadLetterSummary letter) : Exception(string.Create(
    CultureInfo.InvariantCulture, $"Dead letter {letter.Id} can't be replayed: {(letter.Stage == DeadLetter.SourceStage
        ? "it names records that the log had dropped before they were read. Send them again from where they came"
        : "the record was too long, and only its beginning was kept. Send it again in smaller parts")}."));
