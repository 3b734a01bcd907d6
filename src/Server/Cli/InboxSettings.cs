using System.CommandLine;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Cli;

/// <summary>How much may be pushed and not yet indexed.</summary>
internal sealed class InboxSettings
{
    private readonly Option<int> rows = Setting.Number("--inbox-rows", "UVLM_INBOX_ROWS", (int)InboxLimits.Default.Rows,
        "Pushed documents that may wait to be indexed, over all nodes; beyond that a push is answered with 429", minimum: 1);

    private readonly Option<long> bytes = Setting.Bytes("--inbox-bytes", "UVLM_INBOX_BYTES", InboxLimits.Default.Bytes,
        "Bytes of pushed documents that may wait, likewise", minimum: DocumentLimits.Default.MaxDocumentBytes);

    public void AddTo(Command command)
    {
        command.Options.Add(rows);
        command.Options.Add(bytes);
    }

    public InboxLimits Read(ParseResult result) => new(result.GetValue(rows), result.GetValue(bytes));
}
