namespace UnifiedVlm.Training.Recipes;

/// <summary>Where an adapter that is trained is in force.</summary>
public enum LoraScope
{
    /// <summary>In every loss, and the network's own weights stay. What is written has it merged in.</summary>
    Everywhere,

    /// <summary>
    /// Where vectors are made, and what follows a summary. The network's own weights learn from answers, documents and regions alone, so that making the
    /// model discriminative takes nothing from what it generates. What is written has it beside the network, as its <c>encoding_adapter</c>.
    /// </summary>
    Encoding,
}
