using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>A line of <c>uvlm generate</c>.</summary>
/// <param name="Evidence">Null without the field: the question is then about its own content and gets no instruction of the checkpoint's.</param>
/// <param name="Instruction">The caller's own.</param>
internal sealed record GenerateRequest(
    string Id, InterleavedDocument Question, IReadOnlyList<InterleavedDocument>? Evidence, string? Instruction, SamplingOptions Sampling);
