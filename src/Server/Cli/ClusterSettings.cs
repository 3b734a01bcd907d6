using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cli;

/// <summary>What a node does, and how the others of its cluster know and reach it.</summary>
internal sealed partial class ClusterSettings
{
    private const string RolesVariable = "UVLM_ROLES";

    private static readonly string AllRoles = string.Join(", ", Enum.GetNames<NodeRoles>().Skip(1).Select(static name => name.ToLowerInvariant()));

    private readonly Option<string> roles = Setting.Text("--roles", RolesVariable, "ingest,encode,query",
        $"What the node does, separated by commas: {AllRoles}. A gateway passes requests on to nodes that serve them, and loads no model if that is all it does");

    private readonly Option<string> name = Setting.Text("--node-name", "UVLM_NODE_NAME", "",
        "The node's own among those that share the database; made of machine and process unless given. A node that starts under a name ends the one that has it");

    private readonly Option<string> advertise = Setting.Text("--advertise", "UVLM_ADVERTISE", "",
        "URL at which other nodes reach this one; what it listens on unless given, which has to name a host for that");

    private readonly Option<int> drain = Setting.Number("--drain-seconds", "UVLM_DRAIN_SECONDS", 30,
        "Seconds that requests and answers under way may go on when the node is told to stop; a day at most", maximum: Setting.SecondsOfDay);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { roles, name, advertise, drain })
            command.Options.Add(option);
    }

    /// <exception cref="UsageException">Something of it can't be, or does not go together.</exception>
    public ClusterOptions Read(ParseResult result, HttpOptions http)
    {
        var options = new ClusterOptions(Roles(result.GetValue(roles)!), Name(result.GetValue(name)!), Advertised(result.GetValue(advertise)!), TimeSpan.FromSeconds(result.GetValue(drain)));
        // Who names the roles makes a cluster of several nodes; a node alone is nobody's to reach.
        if (options.Works && options.Advertise is null && AreGiven(result) && !http.Addresses.Any(AdvertisedAddress.NamesHost))
            throw new UsageException($"{http.Url} names no host at which other nodes reach this one: give {advertise.Name}, such as http://{Environment.MachineName}:7077.");
        return options;
    }

    private bool AreGiven(ParseResult result) => result.GetResult(roles) is { Implicit: false } || Environment.GetEnvironmentVariable(RolesVariable) is { Length: > 0 };

    private NodeRoles Roles(string text)
    {
        var found = NodeRoles.None;
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // A number would be taken as well, and so would none.
            found |= Enum.TryParse<NodeRoles>(part, ignoreCase: true, out var role) && role != NodeRoles.None && char.IsAsciiLetter(part[0])
                ? role
                : throw new UsageException($"{roles.Name} '{part}' is none of {AllRoles}.");
        }

        return found == NodeRoles.None ? throw new UsageException($"{roles.Name} names none of {AllRoles}.") : found;
    }

    /// <summary>A name that no other process has: a node that comes back must not be taken for the one before it while that one still ends.</summary>
    private string Name(string given)
    {
        if (given.Length == 0)
            return string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");
        return NamePattern().IsMatch(given)
            ? given
            : throw new UsageException($"{name.Name} '{Printable.Field(given)}' is no name. Write 1 to 128 letters, digits, dots, dashes and underscores, and no line's end after them.");
    }

    private Uri? Advertised(string given)
    {
        if (given.Length == 0)
            return null;
        return Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.PathAndQuery == "/" && AdvertisedAddress.From([given]) is { Port: > 0 }
            ? url
            : throw new UsageException($"{advertise.Name} '{given}' is no address that others can use. Write http://HOST:PORT or https://HOST:PORT.");
    }

    // \z and not $, which also matches before a final line feed: the name goes into a header of every answer.
    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex NamePattern();
}
