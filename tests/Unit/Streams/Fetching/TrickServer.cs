using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>A server on this machine that answers as badly as a test wants it to, byte by byte.</summary>
internal sealed class TrickServer : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly X509Certificate2? certificate;
    private readonly Func<Stream, string, CancellationToken, Task> answer;
    private readonly List<string> requests = [];
    private readonly Lock gate = new();
    private readonly Task accepting;
    private int connections;

    /// <param name="answer">Given the connection and a request's head; when it ends, so does the connection.</param>
    /// <param name="certificate">Speaks TLS with it.</param>
    public TrickServer(Func<Stream, string, CancellationToken, Task> answer, X509Certificate2? certificate = null, string address = "127.0.0.1")
    {
        this.answer = answer;
        this.certificate = certificate;
        listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Connections that were opened, whether or not anything was asked.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>The heads of all requests so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (gate)
                return [.. requests];
        }
    }

    /// <summary>Answers every request alike.</summary>
    public static TrickServer Saying(string head, byte[]? body = null) => new((stream, _, token) => WriteAsync(stream, head, body, token));

    /// <summary>Answers with a picture.</summary>
    public static TrickServer Showing(byte[] picture, string headers = "", X509Certificate2? certificate = null) =>
        new((stream, _, token) => WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {picture.Length}\r\n{headers}", picture, token), certificate);

    /// <param name="head">Status line and headers; the empty line is added.</param>
    public static async Task WriteAsync(Stream stream, string head, byte[]? body, CancellationToken token)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.TrimEnd() + "\r\nConnection: close\r\n\r\n"), token);
        await stream.WriteAsync(body ?? [], token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        certificate?.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await listener.AcceptSocketAsync(stop.Token);
            Interlocked.Increment(ref connections);
            _ = Task.Run(async () =>
            {
                try
                {
                    await ServeAsync(socket);
                }
                catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
                {
                    // The client has had enough, which is what many of these tests want.
                    socket.Dispose();
                }
            });
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using Stream plain = new NetworkStream(socket, ownsSocket: true);
        await using var stream = certificate is null ? plain : new SslStream(plain);
        if (stream is SslStream tls)
            await tls.AuthenticateAsServerAsync(certificate!, false, false);
        var head = await ReadHeadAsync(stream);
        // Nothing: the client did not like the certificate.
        if (head.Length == 0)
            return;
        lock (gate)
            requests.Add(head);
        await answer(stream, head, stop.Token);
    }

    private async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stop.Token) == 1)
            head.Append((char)one[0]);
        return head.ToString();
    }
}
