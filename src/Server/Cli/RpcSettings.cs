using System.CommandLine;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cli;

/// <summary>How a node lends its devices to others, and proves that it may use theirs.</summary>
internal sealed class RpcSettings
{
    private const string UrlName = "--rpc-url";
    private const string SecretVariable = "UVLM_RPC_SECRET";

    /// <summary>Of a node that does nothing but lend.</summary>
    private const string OwnMachine = "http://127.0.0.1:0";

    private readonly Option<string> url = Setting.Text(UrlName, "UVLM_RPC_URL", "",
        $"Address at which the node lends its devices to others (role encode), not the one of --url; port 0 takes a free one. Not given it lends none; with the role encode alone it is {OwnMachine}, for nodes on the same machine");

    private readonly Option<string> advertise = Setting.Text("--rpc-advertise", "UVLM_RPC_ADVERTISE", "",
        "URL at which other nodes reach its devices; what --rpc-url says unless given, which has to name a host for that");

    private readonly Option<string> secret = Secret.Text("--rpc-secret", SecretVariable,
        "What nodes show each other when they lend and borrow devices, the same on every node. Has to be given where other machines reach --rpc-url");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { url, advertise, secret })
            command.Options.Add(option);
    }

    /// <exception cref="UsageException">Something of it can't be, or does not go together.</exception>
    public RpcOptions Read(ParseResult result, ClusterOptions cluster, NodeOptions node, HttpOptions http)
    {
        var encodes = cluster.Roles.HasFlag(NodeRoles.Encode);
        var shown = Secret.Read(result, secret, SecretVariable);
        var given = result.GetValue(url)!;
        if (given.Length == 0 && encodes && !cluster.Ingests && !cluster.Queries)
            given = OwnMachine;
        if (node.Devices.Count == 0 && (given.Length > 0 || (encodes && !cluster.Ingests && !cluster.Queries)))
            throw new UsageException("--device none leaves nothing to lend: leave out the role encode and --rpc-url, or name a device.");
        if (given.Length == 0)
            return new RpcOptions(null, null, shown, null);
        if (!encodes)
            throw new UsageException($"{UrlName} lends devices, which is the role encode: add it to --roles, or leave {UrlName} out.");

        var addresses = ListenAddress.Parse(UrlName, given);
        if (addresses is not [var address] || !AdvertisedAddress.NamesHost(given) && result.GetValue(advertise)!.Length == 0)
            throw new UsageException($"{UrlName} {given} names no single host at which other nodes reach this one: give {advertise.Name}, such as http://{Environment.MachineName}:7078.");
        if (!address.IsLocal && shown.Length == 0)
            throw new UsageException($"{UrlName} {given} can be reached from other machines: give {secret.Name}, the same on every node.");
        if (address.IsTls && http.Certificate is null)
            throw new UsageException($"{UrlName} {given} needs {HttpSettings.CertificateName} and {HttpSettings.KeyName}.");
        return new RpcOptions(given, Advertised(result.GetValue(advertise)!), shown, address.IsTls ? http.Certificate : null);
    }

    private Uri? Advertised(string given)
    {
        if (given.Length == 0)
            return null;
        return Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 && address.PathAndQuery == "/"
            && AdvertisedAddress.From([given]) is not null
            ? address
            : throw new UsageException($"{advertise.Name} '{given}' is no address that others can use. Write http://HOST:PORT or https://HOST:PORT.");
    }
}
