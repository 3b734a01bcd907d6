namespace UnifiedVlm.Model.Generation;

/// <summary>Makes tokens less likely that were there before. For one text; not thread-safe.</summary>
internal sealed class TokenPenalties
{
    private readonly SamplingOptions options;
    private readonly HashSet<int> prompt;
    private readonly Dictionary<int, int> written = [];
    private float[] judged = [];

    private TokenPenalties(SamplingOptions options, IReadOnlyList<int> prompt)
    {
        this.options = options;
        this.prompt = options.RepetitionPenalty == 1 ? [] : [.. prompt];
    }

    /// <returns>Null where the options ask for none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A penalty is no usable number.</exception>
    public static TokenPenalties? For(SamplingOptions options, IReadOnlyList<int> prompt)
    {
        if (!(options.RepetitionPenalty > 0) || !float.IsFinite(options.RepetitionPenalty))
            throw new ArgumentOutOfRangeException(nameof(options), options.RepetitionPenalty, "RepetitionPenalty must be a positive number.");
        if (!float.IsFinite(options.PresencePenalty) || !float.IsFinite(options.FrequencyPenalty))
            throw new ArgumentOutOfRangeException(nameof(options), options.PresencePenalty, "PresencePenalty and FrequencyPenalty must be numbers.");
        return options is { RepetitionPenalty: 1, PresencePenalty: 0, FrequencyPenalty: 0 } ? null : new TokenPenalties(options, prompt);
    }

    public void Add(int id) => written[id] = written.GetValueOrDefault(id) + 1;

    /// <returns>The logits after the penalties, valid until the next call.</returns>
    public ReadOnlySpan<float> Apply(ReadOnlySpan<float> logits)
    {
        if (judged.Length != logits.Length)
            judged = new float[logits.Length];
        logits.CopyTo(judged);
        if (options.RepetitionPenalty != 1)
        {
            foreach (var id in prompt)
                Repeat(id);
            foreach (var id in written.Keys.Where(id => !prompt.Contains(id)))
                Repeat(id);
        }

        foreach (var (id, count) in written)
            judged[id] -= options.PresencePenalty + (options.FrequencyPenalty * count);
        return judged;
    }

    private void Repeat(int id)
    {
        // Placeholders of pictures are ids too, and may lie beyond the logits of a test.
        if (id < judged.Length)
            judged[id] = judged[id] > 0 ? judged[id] / options.RepetitionPenalty : judged[id] * options.RepetitionPenalty;
    }
}
