using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Pictures with one or several captions each (the Karpathy splits of COCO and Flickr30k, CVPR 2015).</summary>
/// <param name="CaptionPrompt">What the generator is asked for a caption.</param>
public sealed record CaptionSet(string Name, ImageFileResolver Pictures, IReadOnlyList<CaptionedPicture> Items, string CaptionPrompt, int MaxTokens)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    /// <summary>What competes in retrieval: all items, or galleries of equal size.</summary>
    public IReadOnlyList<IReadOnlyList<CaptionedPicture>> Galleries { get; init; } = [Items];
}

/// <param name="Picture">Below the set's picture folder.</param>
/// <param name="Captions">At least one.</param>
public sealed record CaptionedPicture(string Id, string Picture, IReadOnlyList<string> Captions);
