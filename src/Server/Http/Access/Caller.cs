using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>
/// Who a request comes from and what it may do: made from its key before any route runs. The one place where a tenant enters: a route asks it whose the
/// request is about, and names no default by itself.
/// </summary>
internal sealed class Caller
{
    private readonly KeyBudget? budget;

    /// <param name="budget">Null: no limits.</param>
    public Caller(ApiKey key, KeyBudget? budget)
    {
        (Tenant, Scopes) = (key.Tenant, key.Scopes);
        this.budget = budget;
    }

    private Caller() => Scopes = KeyScopes.All;

    private Caller(string tenant, Caller caller)
    {
        (Tenant, Scopes) = (tenant, caller.Scopes);
        budget = caller.budget;
    }

    /// <summary>Everybody, where no keys are asked for.</summary>
    public static Caller Anyone { get; } = new();

    /// <summary>The only one that may be touched; null: all of them.</summary>
    public string? Tenant { get; }

    public KeyScopes Scopes { get; }

    /// <summary>The parameter of a route.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(Of(context));

    public static Caller Of(HttpContext context) => context.Features.Get<Caller>()
        ?? throw new InvalidOperationException($"{context.Request.Path} is open and can't ask who calls.");

    /// <summary>Whose the request is about: what it names, the key's where it names none.</summary>
    /// <param name="named">Null: none.</param>
    /// <param name="field">Where in the request it is named.</param>
    /// <exception cref="TenantRefusedException">It names one that is not the key's.</exception>
    public string TenantOf(string? named, string field = "tenant")
    {
        if (Tenant is null)
            return named ?? InterleavedDocument.DefaultTenant;
        return named is null || named == Tenant ? Tenant : throw new TenantRefusedException(field);
    }

    /// <summary>The same caller where the URL's <c>tenant</c> says whose a whole body is: then nothing in it may be another's.</summary>
    /// <param name="knowsAll">Another parameter is a mistake. Where others' clients call it may be one of theirs.</param>
    /// <exception cref="TenantRefusedException">The URL names one that is not the key's.</exception>
    /// <exception cref="DocumentRejectedException">It is no name, or another parameter is there.</exception>
    public Caller Within(HttpRequest request, bool knowsAll = true)
    {
        if (knowsAll)
            KnownParameters.Check(request.Query, KnownParameters.Tenant);
        if ((string?)request.Query["tenant"] is not { Length: > 0 } named)
            return this;
        DocumentValidator.ValidateName("tenant", named);
        return new Caller(TenantOf(named), this);
    }

    /// <summary>Has documents that name no tenant be read as the caller's.</summary>
    public DocumentReadOptions Reading(DocumentReadOptions options) => options with { DefaultTenant = TenantOf(null) };

    /// <param name="anyOf">One of them suffices.</param>
    /// <exception cref="AccessDeniedException">The key has none of them.</exception>
    public void Require(KeyScopes anyOf)
    {
        if ((Scopes & anyOf) == 0)
            throw new AccessDeniedException($"The key has not the scope {anyOf.ToText()}. Make one with 'uvlm key create --scope'.");
    }

    /// <summary>Counts tokens that were read or generated against the key's limit.</summary>
    public void Charge(int tokens) => budget?.Charge(tokens);
}
