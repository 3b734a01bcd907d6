namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>Where results go, in the order of the input.</summary>
internal interface ILineSink<in TResult>
{
    void Write(string id, TResult result);

    /// <summary>In the place of a line that could not be used.</summary>
    void Fail(LineFailure failure);

    /// <summary>No more is at hand at the moment; whoever waits for results gets them now.</summary>
    void Flush();

    /// <summary>The input has ended.</summary>
    void Complete();
}
