using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli;

namespace UnifiedVlm.Server.Demo;

/// <param name="Documents">Only the first so many; 0 is all.</param>
/// <param name="Once">End after the answers.</param>
/// <param name="OwnsData">The store's folder is where the demo puts it unless told otherwise.</param>
/// <param name="Nodes">So many nodes behind a gateway; 0: a node alone.</param>
internal sealed record DemoOptions(string Corpus, string Data, bool OwnsData, string Url, int Documents, bool Once, int Nodes)
{
    /// <summary>Where deploy/corpus.sh puts the manual, seen from the folder of the checkout.</summary>
    public const string DefaultCorpus = "build/corpus/gimp-help/usr/share/gimp/2.0/help/en";

    public const string Collection = "gimp-help";
    public const string Topic = "documents";
    public const int Partitions = 4;

    /// <summary>What the environment of whoever starts the demo says.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>
    /// How to go on by hand in the same environment: with the model that filled the store, and past what is meant for a real node, whose database would go before the folder.
    /// In quotes: a folder may have spaces in its name.
    /// </summary>
    public string AskOn => $"Ask on: ./uvlm query --data \"{Data}\"" + Past("UVLM_DATABASE", "--database \"\"") + Past("UVLM_TENANT", $"--tenant {InterleavedDocument.DefaultTenant}")
        + Past("UVLM_COLLECTION", $"--collection {Collection}") + (Variable("UVLM_MODEL") is { Length: > 0 } model ? $" --model \"{model}\"" : "") + " \"how do I remove red eyes\"";

    /// <summary>PEM file of the certificate that is shown at the address, which the environment names; null where it speaks no TLS, whatever is named.</summary>
    public string? Certificate => ListenAddress.Parse("--url", Url).Any(static a => a.IsTls) ? Variable("UVLM_TLS_CERTIFICATE") : null;

    /// <summary>Where the demo's store is unless it is told otherwise. Nodes that are to be killed while they ingest have one of their own: what a node alone has stored is not sent again.</summary>
    public static string OwnFolder(int nodes) => Path.Combine(Defaults.DataDirectory, nodes == 0 ? "demo" : "demo-cluster");

    /// <summary>What all nodes are told of who may call. The demo sends no key, whatever the environment says; where others reach it, that nobody needs one has to be said by whoever starts it.</summary>
    /// <exception cref="UsageException">Others reach it, and nobody has said that they may do everything.</exception>
    public string[] Access()
    {
        if (ListenAddress.Parse("--url", Url).FirstOrDefault(static a => !a.IsLocal) is not { } reachable)
            return ["--auth", ""];
        if (Variable("UVLM_AUTH") != "none")
            throw new UsageException($"--url {reachable.Text} can be reached from other machines, and the demo asks without a key: set UVLM_AUTH=none to let everybody in for as long as it runs, or give a --url of this machine alone.");
        return ["--auth", "none"];
    }

    private string Past(string variable, string option) => Variable(variable) is null ? "" : $" {option}";
}
