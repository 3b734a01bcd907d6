using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Server;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>PostgreSQL is killed, restarted, or one of its backends is killed, upon which it restarts itself.</summary>
internal sealed class PostgresFault : IFault
{
    /// <summary>Longer than readers wait and shorter than anybody's patience.</summary>
    private const int LongestOutage = 4000;

    private const string BackendSql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name LIKE 'uvlm%' ORDER BY xact_start NULLS LAST LIMIT 1";

    public string Name => "postgres";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        await bed.UntilStoredAsync(1 + random.Next(100));
        var outage = TimeSpan.FromMilliseconds(random.Next(LongestOutage));
        switch (random.Next(3))
        {
            case 0:
                await bed.Server.KillAsync();
                await Task.Delay(outage);
                await bed.Server.StartAgainAsync();
                break;
            case 1:
                await bed.Server.StopAsync();
                await Task.Delay(outage);
                await bed.Server.StartAgainAsync();
                break;
            default:
                Signals.Kill(await bed.Server.ScalarAsync<int>(BackendSql));
                break;
        }

        await bed.CatchUpAsync();
    }
}
