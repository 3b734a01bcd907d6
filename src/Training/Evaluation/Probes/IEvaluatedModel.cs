using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Probes;

/// <summary>What an evaluation asks of a model. One caller at a time.</summary>
public interface IEvaluatedModel
{
    /// <summary>For what is computed from the model's results.</summary>
    int Threads { get; }

    /// <summary>Whether the checkpoint has a <c>refusal.json</c>.</summary>
    bool IsCalibrated { get; }

    /// <summary>Reads items without running the model over them.</summary>
    /// <returns>For each, in the order given, why the model can't be given it; null where it can.</returns>
    IReadOnlyList<SetFormatException?> Problems(IReadOnlyList<SetItem> items, ImageFileResolver? pictures, CancellationToken cancellationToken);

    /// <returns>One embedding per document, in the order given.</returns>
    IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<InterleavedDocument> documents, ImageFileResolver? pictures, CancellationToken cancellationToken);

    /// <returns>Mean natural log-probability of each text's tokens, read as a document without pictures.</returns>
    IReadOnlyList<double> LogLikelihood(IReadOnlyList<string> texts, CancellationToken cancellationToken);

    /// <summary>Answers greedily.</summary>
    /// <returns>One text per question, in the order given.</returns>
    IReadOnlyList<GeneratedText> Answer(IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, CancellationToken cancellationToken);

    /// <summary>What a <c>refusal.json</c> decides by, before an answer begins.</summary>
    /// <returns>For each question, in the order given; null where refusing is left to the model's own words.</returns>
    IReadOnlyList<RefusalSigns?> Signs(IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, CancellationToken cancellationToken);
}
