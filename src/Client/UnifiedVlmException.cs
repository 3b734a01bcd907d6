using System.Net;

namespace UnifiedVlm.Client;

/// <summary>The server refused or failed.</summary>
public sealed class UnifiedVlmException : Exception
{
    public UnifiedVlmException(HttpStatusCode? status, string message, string? field = null, Exception? inner = null)
        : base(message, inner)
    {
        Status = status;
        Field = field;
    }

    /// <summary>Null when the server could not be reached, or a stream broke off.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>The offending field of the request, where the server names one.</summary>
    public string? Field { get; }
}
