namespace UnifiedVlm.Storage.Cluster;

/// <summary>A node as the database knows it.</summary>
/// <param name="Epoch">Of the process that has the name.</param>
/// <param name="ExpiresIn">By the database's clock, when it was read: without another beat it is taken for dead then.</param>
public sealed record Member(MemberInfo Info, long Epoch, MemberState State, MemberLoad Load, TimeSpan ExpiresIn);
