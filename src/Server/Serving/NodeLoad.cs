using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Serving;

/// <summary>What a working node says that it could take.</summary>
internal static class NodeLoad
{
    /// <param name="hasDevice">One of the devices is there.</param>
    /// <param name="questions">That it would admit beside those under way; null: it answers none.</param>
    /// <param name="requests">Under way.</param>
    public static MemberLoad Of(PoolProspect devices, bool hasDevice, long? questions, int requests)
    {
        if (!hasDevice)
            return new MemberLoad(0, 0, 0, requests, HasDevice: false);
        // A node whose searches hang has idle devices, and refuses all the same. Each question counts as the largest does: as less, large ones would be refused where there are places.
        var places = questions ?? int.MaxValue;
        return new MemberLoad(
            Math.Min(devices.QueryTokens, places * RoutedRequest.MostTokens), devices.IngestTokens, (int)Math.Min(devices.Generations, places), requests);
    }
}
