using System.CommandLine;
using UnifiedVlm.Streams.Fetching;

namespace UnifiedVlm.Server.Cli;

/// <summary>From where pictures by <c>url</c> are fetched.</summary>
internal sealed class FetchSettings
{
    private readonly Option<string> hosts = Setting.Text("--fetch-hosts", "UVLM_FETCH_HOSTS", "",
        "Hosts that pictures by 'url' are fetched from, separated by commas (cdn.example.org, *.example.org, example.org:8443); without any, such documents are refused");

    private readonly Option<string> privateHosts = Setting.Text("--fetch-private", "UVLM_FETCH_PRIVATE", "",
        "Hosts like those of --fetch-hosts that may have an address of a private network or of this machine");

    private readonly Option<bool> http = Setting.Flag("--fetch-http", "UVLM_FETCH_HTTP", "Fetch over plain http too, which anyone on the way can read and change");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { hosts, privateHosts, http })
            command.Options.Add(option);
    }

    /// <summary>Null: nothing is fetched.</summary>
    public FetchOptions? Read(ParseResult result)
    {
        FetchHost[] listed = [.. Parse(result, hosts, isPrivate: false), .. Parse(result, privateHosts, isPrivate: true)];
        return listed.Length == 0 ? null : new FetchOptions { Hosts = listed, AllowHttp = result.GetValue(http) };
    }

    private static IEnumerable<FetchHost> Parse(ParseResult result, Option<string> option, bool isPrivate)
    {
        foreach (var host in result.GetValue(option)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            FetchHost parsed;
            try
            {
                parsed = FetchHost.Parse(host, isPrivate);
            }
            catch (FormatException error)
            {
                throw new UsageException($"{option.Name}: {error.Message}");
            }

            yield return parsed;
        }
    }
}
