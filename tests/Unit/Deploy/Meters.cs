namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>
/// Meters belong to the process: who listens to one by its name hears those of every test. Tests that listen run one after another, and apart from
/// those whose meters nobody may ask.
/// </summary>
[CollectionDefinition(Collection)]
public sealed class Meters
{
    public const string Collection = "meters";
}
