using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>A folder for <c>--data</c>, with the private PostgreSQL that the program makes in it. Gone, with its server, at the end.</summary>
internal sealed class DataFolder : IAsyncDisposable
{
    public DataFolder() => Directory.CreateDirectory(Root);

    /// <summary>Right below the temporary folder: PostgreSQL's system user has to be able to enter.</summary>
    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"uvlm-e2e-{Guid.NewGuid():N}");

    /// <summary>Process id of the running server; null when none runs.</summary>
    public int? ServerId
    {
        get
        {
            try
            {
                var file = Path.Combine(Root, "pg", "cluster", "postmaster.pid");
                return int.TryParse(File.ReadLines(file).FirstOrDefault(), out var id) && Directory.Exists($"/proc/{id}") ? id : null;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }
    }

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Starts the server or adopts the running one, and keeps it from being stopped until disposal.</summary>
    public Task<Database> OpenDatabaseAsync() => Database.OpenAsync(Options);

    public async ValueTask DisposeAsync()
    {
        // Again where it goes on: a process that is just being started elsewhere has a copy of our lock until it runs.
        await Waiting.UntilAsync(
            async () =>
            {
                if (ServerId is not null)
                    await (await EmbeddedPostgres.StartAsync(Options)).StopIfUnusedAsync();
                return ServerId is null;
            },
            () => $"the server of {Root} is stopped");
        Directory.Delete(Root, recursive: true);
    }

    private EmbeddedPostgresOptions Options => new() { DataFolder = Path.Combine(Root, "pg") };
}
