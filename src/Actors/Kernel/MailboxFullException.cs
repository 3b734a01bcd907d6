namespace UnifiedVlm.Actors.Kernel;

/// <summary>The mailbox had no room and its policy is <see cref="OverflowPolicy.Refuse"/>.</summary>
public sealed class MailboxFullException(string path) : Exception($"{path}: the mailbox is full. Send less or later.")
{
    public string ActorPath { get; } = path;
}
