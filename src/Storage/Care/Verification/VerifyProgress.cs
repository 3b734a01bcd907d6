namespace UnifiedVlm.Storage.Care.Verification;

/// <param name="Of">About as many there are when the pass begins.</param>
public readonly record struct VerifyProgress(string Step, long Done, long Of);
