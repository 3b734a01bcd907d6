using System.Globalization;

namespace UnifiedVlm.Chaos.Server;

/// <summary>What writers meet in the database: chaos.sql's triggers look it up in every step of a write.</summary>
internal sealed class Weather(ChaosServer server)
{
    public Task SlowAsync(TimeSpan delay) => SetAsync((int)delay.TotalMilliseconds, 0);

    /// <param name="share">0 to 1: the share of steps that fail.</param>
    public Task FullDiskAsync(double share) => SetAsync(0, share);

    public Task CalmAsync() => SetAsync(0, 0);

    private Task SetAsync(int delay, double share)
        => server.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"UPDATE chaos.weather SET delay_ms = {delay}, disk_full = {share}"));
}
