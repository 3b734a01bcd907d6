using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>Where a question stands in its prompt, as a message.</summary>
internal static class WireAsked
{
    public static Asked? Write(AskedSpan? asked) => asked is { } span ? new Asked { Start = span.Start, Length = span.Length } : null;

    /// <param name="tokens">Of the prompt.</param>
    /// <exception cref="WireFormatException">It is not within the prompt.</exception>
    public static AskedSpan? Read(Asked? asked, int tokens)
    {
        if (asked is null)
            return null;
        var span = new AskedSpan(asked.Start, asked.Length);
        return span.FitsInto(tokens) ? span : throw new WireFormatException("asked: it is not within the prompt.");
    }
}
