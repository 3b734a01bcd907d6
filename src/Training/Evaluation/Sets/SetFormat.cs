namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>The formats that sets are read from.</summary>
public enum SetFormat
{
    /// <summary>Karpathy's json of COCO and Flickr30k.</summary>
    Karpathy,

    /// <summary>SugarCrepe's json, a file a kind; a folder of them or one.</summary>
    SugarCrepe,

    /// <summary>Winoground's examples.jsonl.</summary>
    Winoground,

    /// <summary>VIST's story-in-sequence json.</summary>
    Vist,

    /// <summary>POPE's jsonl, which its repository names .json.</summary>
    Pope,

    /// <summary>Our own questions.jsonl.</summary>
    Questions,
}
