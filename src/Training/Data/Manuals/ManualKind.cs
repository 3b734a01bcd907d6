namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>How a manual writes: which rules find questions in it.</summary>
internal enum ManualKind
{
    /// <summary>A user's guide made by DocBook: numbered headings, definition lists of options.</summary>
    Guide,

    /// <summary>A library's documentation made by Sphinx: signatures and parameters.</summary>
    Library,

    /// <summary>Running text without a reference part; read for language modelling and "how to" sentences.</summary>
    Book,
}
