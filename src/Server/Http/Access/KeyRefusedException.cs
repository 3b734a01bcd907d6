namespace UnifiedVlm.Server.Http.Access;

/// <summary>The request has no key, or one that is not good for anything. Which of the reasons it is, is not told.</summary>
internal sealed class KeyRefusedException(bool isMissing) : Exception(isMissing
    ? "A key is needed. Send it as 'Authorization: Bearer uvlm_..'; 'uvlm key create' makes one."
    : "The key is not known, was revoked or has expired.")
{
    public bool IsMissing { get; } = isMissing;
}
