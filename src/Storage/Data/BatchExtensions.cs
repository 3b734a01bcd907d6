using Npgsql;
using NpgsqlTypes;

namespace UnifiedVlm.Storage.Data;

/// <summary>Named, typed parameters on the commands of a batch. Arrays carry a type of their own: an empty one says nothing by itself.</summary>
internal static class BatchExtensions
{
    public static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, string? value) => command.Typed(name, value, NpgsqlDbType.Text);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, int value) => command.Typed(name, value, NpgsqlDbType.Integer);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, bool value) => command.Typed(name, value, NpgsqlDbType.Boolean);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, Guid value) => command.Typed(name, value, NpgsqlDbType.Uuid);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, long? value) => command.Typed(name, value, NpgsqlDbType.Bigint);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, DateTimeOffset? value)
        => command.Typed(name, value?.UtcDateTime, NpgsqlDbType.TimestampTz);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, TimeSpan? value) => command.Typed(name, value, NpgsqlDbType.Interval);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, ReadOnlyMemory<byte> value) => command.Typed(name, value, NpgsqlDbType.Bytea);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<string?> values)
        => command.Typed(name, values as string?[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<int> values)
        => command.Typed(name, values as int[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<long?> values)
        => command.Typed(name, values as long?[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<long> values)
        => command.Typed(name, values as long[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<bool> values)
        => command.Typed(name, values as bool[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Boolean);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<byte[]> values)
        => command.Typed(name, values as byte[][] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<ReadOnlyMemory<byte>> values)
        => command.Typed(name, values as ReadOnlyMemory<byte>[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<DateTime?> values)
        => command.Typed(name, values as DateTime?[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    public static NpgsqlBatchCommand WithJson(this NpgsqlBatchCommand command, string name, IEnumerable<string?> values)
        => command.Typed(name, values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);

    /// <param name="values">JSON in UTF-8.</param>
    public static NpgsqlBatchCommand WithJson(this NpgsqlBatchCommand command, string name, IEnumerable<byte[]?> values)
        => command.Typed(name, values as byte[]?[] ?? values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, HalfVector value)
    {
        command.Parameters.Add(new NpgsqlParameter<HalfVector>(name, value) { DataTypeName = "halfvec" });
        return command;
    }

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string name, IEnumerable<HalfVector> values)
    {
        command.Parameters.Add(new NpgsqlParameter<HalfVector[]>(name, values as HalfVector[] ?? values.ToArray()) { DataTypeName = "halfvec[]" });
        return command;
    }

    private static NpgsqlBatchCommand Typed(this NpgsqlBatchCommand command, string name, object? value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
        return command;
    }
}
