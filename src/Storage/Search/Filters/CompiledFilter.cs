using Npgsql;
using NpgsqlTypes;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>A filter as the parameters of statements that never change: a jsonpath predicate and its variables, and what is necessary for it to hold.</summary>
/// <param name="Path">Names of fields stand in it as quoted texts; of values only the variables' names.</param>
/// <param name="Values">A JSON object: the variables.</param>
/// <param name="UsesDocument">It speaks of fields of the document itself.</param>
/// <param name="Contains">JSON objects, one of which the metadata of whatever passes contains; null where nothing of the kind follows.</param>
/// <param name="From">Whatever passes has this time or a later one.</param>
/// <param name="To">Likewise or an earlier one.</param>
internal sealed record CompiledFilter(
    string Path, string Values, bool UsesDocument, IReadOnlyList<string>? Contains, DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>The condition on a row <c>d</c> of documents, with the parameters of <see cref="AddTo"/>.</summary>
    public const string PassesSql = "uvlm.passes(@path, @values, @fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at)";

    /// <summary>The parameters of <see cref="PassesSql"/>, all null for no filter.</summary>
    public static NpgsqlBatchCommand AddTo(NpgsqlBatchCommand command, CompiledFilter? filter)
    {
        command.Parameters.Add(new NpgsqlParameter("path", NpgsqlDbType.JsonPath) { Value = (object?)filter?.Path ?? DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("values", NpgsqlDbType.Jsonb) { Value = (object?)filter?.Values ?? DBNull.Value });
        return command.With("fields", filter?.UsesDocument ?? false);
    }

    /// <summary>The parameters @contains, @from and @to.</summary>
    public NpgsqlBatchCommand AddNecessary(NpgsqlBatchCommand command)
    {
        command.Parameters.Add(new NpgsqlParameter("contains", NpgsqlDbType.Array | NpgsqlDbType.Jsonb) { Value = (object?)Contains?.ToArray() ?? DBNull.Value });
        return command.With("from", From).With("to", To);
    }
}
