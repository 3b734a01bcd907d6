using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Queries;

/// <summary>What callers of the model wait for, under the names that OpenTelemetry gives a model's server.</summary>
internal sealed class GenerationMeter : IDisposable
{
    /// <summary><c>gen_ai.provider.name</c>: the model is served by this program.</summary>
    public const string Provider = "unifiedvlm";

    // The buckets that the conventions advise. The first token has more of them above: an alert asks whether it takes more than 10 s, and no quantile lies above the last bound.
    private static readonly double[] Requests = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    private static readonly double[] FirstTokens = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 20, 40, 80];
    private static readonly double[] Tokens = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

    private readonly Meter meter = new(QueryMeter.Name);
    private readonly string model;
    private readonly Histogram<double> requests;
    private readonly Histogram<double> firstTokens;
    private readonly Histogram<double> tokens;

    /// <param name="model">What the model is called; empty where nobody has said.</param>
    public GenerationMeter(string model)
    {
        this.model = model;
        requests = Histogram("gen_ai.server.request.duration", "From a question to the end of its answer.", Requests);
        firstTokens = Histogram("gen_ai.server.time_to_first_token", "From a question to the first token of its answer, retrieval included.", FirstTokens);
        tokens = Histogram("gen_ai.server.time_per_output_token", "Between two tokens of an answer, the first one not counted.", Tokens);
    }

    /// <param name="operation"><c>chat</c> or <c>embeddings</c>.</param>
    /// <param name="failure">Null: it came to its end.</param>
    public void Answered(string operation, TimeSpan time, Exception? failure)
    {
        var tags = Tags(operation);
        if (failure is not null)
            tags.Add("error.type", failure.GetType().FullName);
        requests.Record(time.TotalSeconds, tags);
    }

    public void FirstToken(TimeSpan time) => firstTokens.Record(time.TotalSeconds, Tags("chat"));

    /// <param name="count">Tokens after the first.</param>
    public void FurtherTokens(TimeSpan time, int count) => tokens.Record(time.TotalSeconds / count, Tags("chat"));

    public void Dispose() => meter.Dispose();

    private Histogram<double> Histogram(string name, string what, double[] bounds)
        => meter.CreateHistogram(name, "s", what, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    private TagList Tags(string operation)
    {
        var tags = new TagList { { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", Provider } };
        if (model.Length > 0)
            tags.Add("gen_ai.request.model", model);
        return tags;
    }
}
