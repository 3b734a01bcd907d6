using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Decodes as the program does, and says so before.</summary>
public sealed class RecordingDecoder(Action before) : IRecordDecoder
{
    private readonly RecordDecoder decoder = new(DocumentReadOptions.Default);

    public DecodedRecord Decode(SourceRecord record, CancellationToken cancellationToken)
    {
        before();
        return decoder.Decode(record, cancellationToken);
    }
}
