using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Rpc;

/// <summary>Keeps a pool in step with the members that lend devices.</summary>
internal sealed class RemoteDevices(DevicePool pool, string ownName, DeviceInfo info, RemoteOptions options, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Node, long Epoch, Uri Address), RemoteDevice> devices = [];
    private readonly List<Task> closing = [];
    private bool isDisposed;

    /// <summary>Takes up those that have come and lets go of those that have left. A member with another model is none of ours.</summary>
    public void Follow(IReadOnlyList<Member> members)
    {
        lock (gate)
        {
            if (isDisposed)
                return;
            var lending = members.Where(Lends).ToDictionary(static m => (m.Info.Name, m.Epoch, m.Info.RpcAddress!));
            foreach (var (key, device) in devices.ToList())
            {
                if (!lending.TryGetValue(key, out var member))
                    LetGo(key, device);
                else if (member.State == MemberState.Draining)
                    device.Drain();
            }

            foreach (var (key, member) in lending)
            {
                if (member.State != MemberState.Ready || devices.ContainsKey(key))
                    continue;
                var device = new RemoteDevice(key.Name, key.Item3, ownName, info, options, time, loggers.CreateLogger<RemoteDevice>());
                devices.Add(key, device);
                pool.Add(device);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] left;
        lock (gate)
        {
            isDisposed = true;
            foreach (var (key, device) in devices.ToList())
                LetGo(key, device);
            left = [.. closing];
        }

        await Task.WhenAll(left);
    }

    private bool Lends(Member member) => member.Info.Name != ownName && member.Info.Roles.HasFlag(NodeRoles.Encode) && member.Info.RpcAddress is not null
        && member.Info.Fingerprint == info.Fingerprint && member.Info.Dimension == info.Dimension;

    private void LetGo((string Node, long Epoch, Uri Address) key, RemoteDevice device)
    {
        devices.Remove(key);
        pool.Remove(device);
        closing.RemoveAll(static t => t.IsCompleted);
        closing.Add(device.DisposeAsync().AsTask());
    }
}
