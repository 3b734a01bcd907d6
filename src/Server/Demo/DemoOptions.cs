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

    /// <summary>Which the nodes take from the environment; null: the one that ships.</summary>
    public string? Model { get; init; }

    /// <summary>How to go on by hand, with the model that filled the store. In quotes: a folder may have spaces in its name.</summary>
    public string AskOn => $"Ask on: ./uvlm query --data \"{Data}\"{(Model is { Length: > 0 } ? $" --model \"{Model}\"" : "")} \"how do I remove red eyes\"";

    /// <summary>Where the demo's store is unless it is told otherwise. Nodes that are to be killed while they ingest have one of their own: what a node alone has stored is not sent again.</summary>
    public static string OwnFolder(int nodes) => Path.Combine(Defaults.DataDirectory, nodes == 0 ? "demo" : "demo-cluster");

    /// <param name="given">What the option says, whose default can't know of the nodes.</param>
    public static string Folder(string given, int nodes) => given == OwnFolder(0) ? OwnFolder(nodes) : given;
}
