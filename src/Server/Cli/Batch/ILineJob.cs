using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>What is done with the lines: each is read and prepared on any thread, then the model runs over many at once.</summary>
internal interface ILineJob<TRequest, TPrepared, TResult>
    where TRequest : class
    where TPrepared : class, IDisposable
{
    /// <summary>Thread-safe. Leaves pictures where they are: all the lines of a batch are read before the first of them is prepared.</summary>
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    TRequest Read(ReadOnlyMemory<byte> utf8);

    string IdOf(TRequest request);

    /// <summary>Pictures that preparing decodes: what bounds how many requests are prepared at once.</summary>
    int PicturesOf(TRequest request);

    /// <summary>Thread-safe.</summary>
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    TPrepared Prepare(TRequest request, CancellationToken cancellationToken);

    /// <returns>One result per request, in order.</returns>
    IReadOnlyList<TResult> Run(IReadOnlyList<TPrepared> batch, CancellationToken cancellationToken);
}
