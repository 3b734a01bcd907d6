using UnifiedVlm.Actors.Device;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>
/// What this node is called: the checkpoint's folder name is the model by itself; with <c>:documents</c> behind it, it answers from the stored documents.
/// </summary>
internal sealed class ServedModels
{
    private const string DocumentsSuffix = ":documents";

    private readonly long started;

    public ServedModels(NodeOptions options, DeviceInfo info, TimeProvider time)
    {
        Name = options.ModelName;
        (Fingerprint, Dimension) = (info.Fingerprint, info.Dimension);
        started = time.GetUtcNow().ToUnixTimeSeconds();
    }

    public string Name { get; }

    public string Fingerprint { get; }

    /// <summary>Of the vectors.</summary>
    public int Dimension { get; }

    public ModelEntry[] Entries => [new(Name, started), new(Name + DocumentsSuffix, started)];

    /// <returns>Whether the answer is to be made from documents.</returns>
    /// <exception cref="UnknownModelException">It is another model.</exception>
    public bool AnswersFromDocuments(string model) =>
        model == Name ? false : model == Name + DocumentsSuffix ? true : throw Unknown(model);

    /// <exception cref="UnknownModelException">It is another model.</exception>
    public void CheckEmbeds(string model)
    {
        if (model != Name)
            throw new UnknownModelException(model, [Name]);
    }

    /// <exception cref="UnknownModelException">It is another model.</exception>
    public ModelEntry Find(string model) => Array.Find(Entries, entry => entry.Id == model) ?? throw Unknown(model);

    private UnknownModelException Unknown(string model) => new(model, Entries.Select(static entry => entry.Id));
}
