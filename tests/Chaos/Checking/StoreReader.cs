using Npgsql;

namespace UnifiedVlm.Chaos.Checking;

/// <summary>Plain SQL over one connection, past the program and past row-level security.</summary>
internal sealed class StoreReader(NpgsqlConnection connection)
{
    public async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params (string Name, object Value)[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }
}
