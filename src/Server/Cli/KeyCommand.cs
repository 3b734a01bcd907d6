using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Care;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm key</c>: who may call the nodes of a store over HTTP.</summary>
internal static class KeyCommand
{
    private const int LongestName = 200;

    private static readonly string[] ScopeNames = ["read", "write", "admin"];

    public static Command Create()
    {
        var command = new Command("key", "Make, list and revoke the keys that 'uvlm serve --auth keys' asks for.");
        command.Subcommands.Add(CreateCreate());
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateRevoke());
        return command;
    }

    private static Command CreateCreate()
    {
        var name = new Option<string>("--name") { Description = "What the key is for", Required = true };
        var tenant = new Option<string?>("--tenant") { Description = "The only tenant that the key may touch; this or --all-tenants" };
        var allTenants = new Option<bool>("--all-tenants") { Description = "The key may touch every tenant" };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "read: search, answers, vectors, documents and pictures; write: push, delete, upload; admin: dead letters, erasure. May be given several times [default: read and write]",
            AllowMultipleArgumentsPerToken = false,
        };
        scopes.AcceptOnlyFromAmong(ScopeNames);
        var requests = Limit("--requests-per-minute", "Requests that a node takes with it a minute");
        var tokens = Limit("--tokens-per-minute", "Tokens of prompts and answers that a node spends on it a minute");
        var expires = new Option<string>("--expires")
        {
            Description = $"How long it is good for: a number with d, h or m, or {KeepTime.Forever}, as it is unless given",
            DefaultValueFactory = static _ => KeepTime.Forever,
        };
        var command = new Command("create", "Make a key and print it, once: it can't be had again.") { name, tenant, allTenants, scopes, requests, tokens, expires };
        return StoreCommand.Create(command, async (store, result, cancellationToken) =>
        {
            var owner = Owner(result.GetValue(tenant), result.GetValue(allTenants));
            var granted = result.GetValue(scopes) is { Length: > 0 } given ? given : ["read", "write"];
            var grant = new ApiKeyGrant(
                Named(result.GetValue(name)!), owner, granted.Select(static s => Enum.Parse<KeyScopes>(s, ignoreCase: true)).Aggregate(static (all, scope) => all | scope),
                result.GetValue(requests), result.GetValue(tokens), KeepTime.Read(result, expires));
            var (key, secret) = await store.Keys.CreateAsync(grant, cancellationToken);
            await Console.Error.WriteLineAsync($"Key {key.Id} for {(owner is null ? "all tenants" : $"tenant {owner}")}: {ScopesOf(key)}. It is shown this once.");
            Console.WriteLine(secret.Reveal());
            return 0;
        }, makes: true);
    }

    private static Command CreateList() => StoreCommand.Create(
        new Command("list", "One line a key: id, state, tenant, scopes, limits a minute, when it was made and last used, name."),
        static async (store, _, cancellationToken) =>
        {
            var now = DateTimeOffset.UtcNow;
            foreach (var key in await store.Keys.ListAsync(cancellationToken))
            {
                Console.WriteLine(string.Join('\t',
                    key.Id, State(key, now), key.Tenant ?? "(all)", ScopesOf(key), $"{Shown(key.RequestsPerMinute)} requests", $"{Shown(key.TokensPerMinute)} tokens",
                    $"made {key.CreatedAt:u}", key.LastUsedAt is { } used ? $"used {used:u}" : "not used", key.Name));
            }

            return 0;
        });

    private static Command CreateRevoke()
    {
        var ids = new Argument<string[]>("id") { Description = "As shown by 'uvlm key list'", Arity = ArgumentArity.OneOrMore };
        return StoreCommand.Create(new Command("revoke", "End keys for good; nodes hear of it within 5 seconds.") { ids }, async (store, result, cancellationToken) =>
        {
            foreach (var id in result.GetValue(ids)!)
            {
                await store.Keys.RevokeAsync(id, cancellationToken);
                Console.WriteLine($"{id} revoked");
            }

            return 0;
        });
    }

    private static string? Owner(string? tenant, bool all)
    {
        if ((tenant is null) != all)
            throw new UsageException("Whose is the key to be? Give one of --tenant and --all-tenants.");
        if (tenant is not null)
            DocumentValidator.ValidateName("--tenant", tenant);
        return tenant;
    }

    private static string Named(string name) => name.Length is > 0 and <= LongestName && !name.Any(char.IsControl)
        ? name
        : throw new UsageException($"--name is not 1 to {LongestName} printable characters. Say in a few words what the key is for.");

    private static Option<int?> Limit(string name, string description)
    {
        var option = new Option<int?>(name) { Description = $"{description} [default: no limit]" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError($"{name} must be at least 1.");
        });
        return option;
    }

    private static string State(ApiKey key, DateTimeOffset now) => key switch
    {
        { RevokedAt: { } revoked } => $"revoked {revoked:u}",
        { ExpiresAt: { } expires } => $"{(expires <= now ? "expired" : "until")} {expires:u}",
        _ => "good",
    };

    private static string ScopesOf(ApiKey key) => string.Join(',', ScopeNames.Where(name => key.Scopes.HasFlag(Enum.Parse<KeyScopes>(name, ignoreCase: true))));

    private static string Shown(int? limit) => limit?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
