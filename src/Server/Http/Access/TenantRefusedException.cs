namespace UnifiedVlm.Server.Http.Access;

/// <summary>The request names a tenant that is not its key's.</summary>
/// <param name="field">Where it names it.</param>
/// <param name="line">Of a batch, from 1; null where there is none.</param>
internal sealed class TenantRefusedException(string field, int? line = null)
    : Exception($"{(line is null ? "" : $"line {line}: ")}{field}: is not the tenant that the key belongs to. Leave it out, or use a key of that tenant.")
{
    public string Field { get; } = field;

    public int? Line { get; } = line;
}
