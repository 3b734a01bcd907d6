using System.Globalization;
using Grpc.Core;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Model.Adapters;

namespace UnifiedVlm.Server.Rpc;

/// <summary>The one place where exceptions become statuses of calls between nodes, and these exceptions again.</summary>
internal static class RpcFailure
{
    private const string RetryAfter = "retry-after-ms";

    /// <summary>Of what a call ended with on the node that lends.</summary>
    public static RpcException From(Exception error) => error switch
    {
        RpcException status => status,
        DeviceBusyException busy => new(new Status(StatusCode.ResourceExhausted, busy.Message), new Metadata { { RetryAfter, ((long)busy.RetryAfter.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) } }),
        DeviceFailedException or UnknownAdapterException => new(new Status(StatusCode.Aborted, error.Message)),
        DeviceLostException or ActorStoppedException or ObjectDisposedException => new(new Status(StatusCode.Unavailable, error.Message)),
        WireFormatException => new(new Status(StatusCode.InvalidArgument, error.Message)),
        OperationCanceledException => new(new Status(StatusCode.Cancelled, "The call was cancelled.")),
        _ => new(new Status(StatusCode.Internal, error.Message)),
    };

    /// <summary>Of a call to <paramref name="node"/>. Whatever is not known to be the work's own fault is the node's, and another may do better.</summary>
    public static Exception ToException(Exception error, string node)
    {
        if (error is not RpcException status)
            return error switch
            {
                WireFormatException => new DeviceLostException($"{node}: answers what cannot be: {error.Message}", error),
                // Let go of while the call was made.
                ObjectDisposedException => new DeviceLostException($"{node}: is no member any more.", error),
                _ => error,
            };
        var message = $"{node}: {status.Status.Detail}";
        return status.StatusCode switch
        {
            StatusCode.ResourceExhausted => new DeviceBusyException(message, Wait(status)),
            StatusCode.Aborted or StatusCode.InvalidArgument => new DeviceFailedException(message, status),
            StatusCode.DeadlineExceeded => new DeviceLostException($"{node}: no answer in time.", status),
            _ => new DeviceLostException($"{node}: can't be reached: {status.Status.Detail}", status),
        };
    }

    private static TimeSpan Wait(RpcException status)
        => long.TryParse(status.Trailers.GetValue(RetryAfter), CultureInfo.InvariantCulture, out var wait) && wait > 0 ? TimeSpan.FromMilliseconds(wait) : TimeSpan.FromSeconds(1);
}
