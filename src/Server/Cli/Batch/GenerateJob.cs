using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>Prompts to texts.</summary>
internal sealed class GenerateJob(UnifiedModel model, GenerateRequestReader reader) : ILineJob<GenerateRequest, PreparedGeneration, GeneratedText>
{
    public GenerateRequest Read(ReadOnlyMemory<byte> utf8) => reader.Read(utf8);

    public string IdOf(GenerateRequest request) => request.Id;

    public int PicturesOf(GenerateRequest request) =>
        (request.Evidence ?? []).Append(request.Question).Sum(static document => document.Parts.Count(static part => part is ImagePart));

    public PreparedGeneration Prepare(GenerateRequest request, CancellationToken cancellationToken)
    {
        AdapterChoice.ForGeneration(request.Sampling.Adapter, model.Adapters.Names);
        request = reader.WithPictures(request);
        var (maxTokens, evidence) = (request.Sampling.MaxTokens, request.Evidence ?? []);
        var prompt = request is { Evidence: not null, Instruction: null }
            ? model.Prompts.Build(request.Question, evidence, maxTokens, cancellationToken)
            : model.Prompts.Build(request.Question, evidence, request.Instruction, maxTokens, cancellationToken);
        return new PreparedGeneration(prompt, request.Sampling);
    }

    public IReadOnlyList<GeneratedText> Run(IReadOnlyList<PreparedGeneration> batch, CancellationToken cancellationToken) =>
        model.BatchGenerator.Generate([.. batch.Select(static request => new TextRequest(request.Prompt, request.Sampling))], cancellationToken);

    /// <summary><c>"text", "tokens", "complete"</c>.</summary>
    public static void Write(Utf8JsonWriter json, GeneratedText result)
    {
        json.WriteString("text", result.Text);
        json.WriteNumber("tokens", result.Tokens);
        json.WriteBoolean("complete", result.IsComplete);
    }
}
