using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

/// <summary>The small packages, built once.</summary>
public sealed class BuiltManuals : IAsyncLifetime
{
    private readonly TemporaryFolder sources = new();
    private readonly TemporaryFolder output = new();

    internal string Sources => sources.Path;

    internal string Folder => output.Path;

    internal ManualReport Report { get; private set; } = null!;

    internal ManualSources Open() => ManualSources.TryOpen(Folder)!;

    public async Task InitializeAsync()
    {
        ManualSourcesFolder.Write(sources);
        Report = await ManualBuilder.BuildAsync(Sources, Folder, 7, null, CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        sources.Dispose();
        output.Dispose();
        return Task.CompletedTask;
    }
}
