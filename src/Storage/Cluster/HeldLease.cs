namespace UnifiedVlm.Storage.Cluster;

/// <summary>A lease as the database knows it.</summary>
/// <param name="ExpiresIn">By the database's clock, when it was read; zero or less: whoever wants it may take it.</param>
public sealed record HeldLease(Lease Lease, TimeSpan ExpiresIn);
