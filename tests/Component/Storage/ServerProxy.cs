using System.Net.Sockets;
using Npgsql;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>
/// Stands between a client and the server's socket and misbehaves once, when the client sends a message with a given text: the network as it
/// is on a bad day.
/// </summary>
internal sealed class ServerProxy : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"uvlm-proxy-{Guid.NewGuid():N}"[..24]);
    private readonly string _server;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Trap? _trap;
    private volatile bool _silent;

    /// <summary>What the connection of a writer has sent before its COMMIT, and those of the store's own upkeep never do.</summary>
    private static ReadOnlySpan<byte> Writing => "INSERT INTO uvlm.document"u8;

    public ServerProxy(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        _server = Path.Combine(settings.Host!, ".s.PGSQL.5432");
        Directory.CreateDirectory(_folder);
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, ".s.PGSQL.5432")));
        _listener.Listen();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Host = _folder }.ConnectionString;
        _accepting = AcceptAsync();
    }

    public enum Fault
    {
        /// <summary>The connection breaks before the message gets through.</summary>
        DropBefore,

        /// <summary>The connection breaks when the server has got the message, as if the client process had been killed.</summary>
        DropAfter,

        /// <summary>The server gets the message and acts on it; its answer is lost with the connection.</summary>
        DropAnswer,

        /// <summary>Nothing moves on this connection any more until <see cref="Release"/>, as if the client process had been stopped.</summary>
        Stall,

        /// <summary>The same, and new connections are taken and get no word either: a server that was stopped, or what stands before it.</summary>
        Silence,
    }

    public string ConnectionString { get; }

    /// <summary>Ends when the fault has happened.</summary>
    /// <param name="ofWriter">Only on a connection by which documents are written: whatever else is committed meanwhile gets through.</param>
    public Task Arm(Fault fault, string text, bool ofWriter = false)
    {
        var trap = new Trap(fault, System.Text.Encoding.ASCII.GetBytes(text), ofWriter, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Volatile.Write(ref _trap, trap);
        return trap.Sprung.Task;
    }

    public void Release() => _release.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(_server), _stop.Token);
                if (_silent)
                    await _release.Task.WaitAsync(_stop.Token);
                var answers = new Answers();
                var down = PumpAnswersAsync(server, client, answers);
                await PumpRequestsAsync(client, server, answers);
                client.Close();
                server.Close();
                await down;
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The connection is over, one way or the other; the test looks at the client's side of it.
            }
        }
    }

    private async Task PumpRequestsAsync(Socket from, Socket to, Answers answers)
    {
        var buffer = new byte[1 << 16];
        var writes = false;
        while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
        {
            writes |= buffer.AsSpan(0, count).IndexOf(Writing) >= 0;
            var trap = Volatile.Read(ref _trap);
            if (trap is not null && (writes || !trap.OfWriter) && buffer.AsSpan(0, count).IndexOf(trap.Text) >= 0 && Interlocked.CompareExchange(ref _trap, null, trap) == trap)
            {
                if (trap.Fault == Fault.DropAnswer)
                {
                    var swallowed = answers.SwallowNext();
                    await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
                    await swallowed.WaitAsync(_stop.Token);
                }
                if (trap.Fault == Fault.DropAfter)
                    await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
                _silent |= trap.Fault == Fault.Silence;
                answers.Hold |= trap.Fault == Fault.Stall;
                trap.Sprung.TrySetResult();
                if (trap.Fault is not Fault.Stall and not Fault.Silence)
                    return;
                await _release.Task.WaitAsync(_stop.Token);
            }
            await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }

    private async Task PumpAnswersAsync(Socket from, Socket to, Answers answers)
    {
        try
        {
            var buffer = new byte[1 << 16];
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (_silent || answers.Hold)
                    await _release.Task.WaitAsync(_stop.Token);
                if (!answers.Swallow())
                    await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // As above.
        }
        finally
        {
            // A client that was stopped does not hear of the end either.
            if (answers.Hold)
                await Task.WhenAny(_release.Task, Task.Delay(Timeout.Infinite, _stop.Token));
            // Also where the server's end was a reset, because it had not read all it was sent: else the client would wait for ever.
            to.Close();
        }
    }

    private sealed record Trap(Fault Fault, byte[] Text, bool OfWriter, TaskCompletionSource Sprung);

    private sealed class Answers
    {
        private TaskCompletionSource? _swallow;
        private volatile bool _hold;

        /// <summary>Nothing reaches the client before the release, nor does the connection's end.</summary>
        public bool Hold
        {
            get => _hold;
            set => _hold = value;
        }

        public Task SwallowNext()
        {
            var swallow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _swallow, swallow);
            return swallow.Task;
        }

        public bool Swallow() => Volatile.Read(ref _swallow)?.TrySetResult() ?? false;
    }
}
