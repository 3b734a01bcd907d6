namespace UnifiedVlm.Server.Http;

/// <summary>A defect in the middle of a stream whose reader has been told of it already. What is left to do is to log it.</summary>
internal sealed class StreamDefectException(Exception defect) : Exception(defect.Message, defect)
{
    public Exception Defect { get; } = defect;
}
