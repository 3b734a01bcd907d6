namespace UnifiedVlm.Chaos.Checking;

/// <summary>In what way the store differs from what was sent.</summary>
internal enum DamageKind
{
    /// <summary>Something that was sent is not there.</summary>
    Lost,

    /// <summary>Something is there twice, or was never sent.</summary>
    Duplicated,

    /// <summary>Something older than the newest that was sent.</summary>
    Stale,

    /// <summary>The right version with something else in it.</summary>
    Conflicting,

    /// <summary>A dead letter for a good record, or one that names another field.</summary>
    WrongLetter,

    /// <summary>A range that was committed by a node after another one had taken its partition.</summary>
    OutdatedOwner,

    /// <summary>A node that runs and is no member, or a member that does not run.</summary>
    WrongMembers,
}
