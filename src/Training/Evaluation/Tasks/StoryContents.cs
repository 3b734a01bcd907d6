namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>One kind of content of all stories, each content once.</summary>
/// <param name="Rows">For each story its content's row in the table.</param>
internal sealed record StoryContents(EmbeddingTable Table, int[] Rows);
