using Npgsql;

namespace UnifiedVlm.Chaos.Checking;

/// <summary>
/// Compares the database with what was sent. It knows the tables and nothing of the program that filled them: what the program believes of
/// itself is no evidence.
/// </summary>
internal static class Checker
{
    /// <summary>Everything that was sent has to be read by now.</summary>
    public static async Task<CheckReport> CheckAsync(NpgsqlConnection connection, Expectation expectation)
    {
        var (reader, report) = (new StoreReader(connection), new CheckReport());
        await PositionCheck.RunAsync(reader, expectation, report);
        await OwnerCheck.RunAsync(reader, expectation, report);
        await DocumentCheck.RunAsync(reader, expectation, report);
        await VectorCheck.RunAsync(reader, report);
        await LetterCheck.RunAsync(reader, expectation, report);
        await EventCheck.RunAsync(reader, expectation, report);
        return report;
    }
}
