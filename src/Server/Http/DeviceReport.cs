using UnifiedVlm.Actors.Device.Pool;

namespace UnifiedVlm.Server.Http;

/// <summary>A device in GET /v1/status, as the node that was asked sees it.</summary>
/// <param name="Name">Of a device of this node, or of the node that lends its devices.</param>
/// <param name="State">ready, returning (lost, and being brought back), away, or aside (failed or late: given nothing until it is tried again).</param>
/// <param name="QueryTokens">Of questions, given to it and not answered.</param>
/// <param name="IngestTokens">Of documents, likewise.</param>
/// <param name="QueryCredit">Tokens of questions that it would take now.</param>
/// <param name="IngestCredit">Tokens of documents, likewise.</param>
/// <param name="Generations">Answers of this node that it generates.</param>
/// <param name="Answered">Questions and documents.</param>
/// <param name="Moved">Pieces of work that were taken from it and given to another.</param>
/// <param name="SetAside">How often it was.</param>
/// <param name="TokensPerSecond">While it had work of this node; 0 before its first answer.</param>
internal sealed record DeviceReport(
    string Name, bool IsRemote, string State, long QueryTokens, long IngestTokens, long QueryCredit, long IngestCredit, int Generations, long Answered, long Moved, long SetAside,
    double TokensPerSecond)
{
    public static DeviceReport From(PooledDeviceStatus device) => new(
        device.Name, device.IsRemote, device.IsAside ? "aside" : device.State.ToString().ToLowerInvariant(), device.QueryTokens, device.IngestTokens, device.QueryRoom, device.IngestRoom,
        device.Generations, device.Answered, device.Moved, device.SetAside, device.TokensPerSecond);
}
