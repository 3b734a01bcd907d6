using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Decoding;

/// <summary>Turns the bytes of a record into what they ask for. Thread-safe.</summary>
public interface IRecordDecoder
{
    /// <exception cref="DocumentRejectedException">The record can't be read, or what it holds breaks a limit; names the field.</exception>
    DecodedRecord Decode(SourceRecord record, CancellationToken cancellationToken);
}
