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
}
