namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Chooses how much a search looks at, so that it takes about as long as it may. What a search costs is taken for a fixed share (preparing, encoding, loading) and one that
/// grows with the candidates (finding and reranking them); both are means over the last searches, the newer ones weighing more. A share that does not really grow is
/// divided by fewer candidates the next time, so the choice settles where the measured time is the budget's. Thread-safe.
/// </summary>
internal sealed class EffortController(QueryOptions options)
{
    /// <summary>Of the newest search in the means.</summary>
    private const double Weight = 0.2;

    /// <summary>Of the budget that is planned with: times scatter.</summary>
    private const double Share = 0.85;

    /// <summary>The choice moves by this factor at most from one search to the next: one slow search is no reason to look at nothing.</summary>
    private const double LargestStep = 2;

    private readonly Lock gate = new();
    private double fixedSeconds;
    private double secondsPerCandidate;
    private double lastChoice = options.Candidates;
    private bool measured;

    /// <summary>What the request gives counts as it is; the rest follows from its budget, or the node's, or is what the options say.</summary>
    public SearchEffort Choose(SearchRequest request)
    {
        var budget = request.Budget ?? options.SearchBudget;
        var chosen = budget is { } time && request.Candidates is null ? CandidatesWithin(time) : options.Candidates;
        var candidates = Math.Max(request.Candidates ?? chosen, request.K);
        var efSearch = request.EfSearch ?? (budget is null ? options.EfSearch : EfSearchFor(candidates));
        return new SearchEffort(candidates, efSearch, request.Candidates is not null && request.EfSearch is not null ? null : budget);
    }

    public void Measured(SearchEffort effort, SearchTimings timings)
    {
        var constant = (timings.Prepare + timings.Encode + timings.Load).TotalSeconds;
        var growing = (timings.Candidates + timings.Rerank).TotalSeconds / effort.Candidates;
        lock (gate)
        {
            fixedSeconds = measured ? fixedSeconds + Weight * (constant - fixedSeconds) : constant;
            secondsPerCandidate = measured ? secondsPerCandidate + Weight * (growing - secondsPerCandidate) : growing;
            measured = true;
        }
    }

    private int CandidatesWithin(TimeSpan budget)
    {
        lock (gate)
        {
            if (!measured)
                return options.Candidates;
            var wanted = secondsPerCandidate > 0 ? (Share * budget.TotalSeconds - fixedSeconds) / secondsPerCandidate : options.MaxCandidates;
            wanted = Math.Clamp(wanted, lastChoice / LargestStep, lastChoice * LargestStep);
            lastChoice = Math.Clamp(wanted, options.MinCandidates, options.MaxCandidates);
            return (int)lastChoice;
        }
    }

    /// <summary>In the proportion of the options: a list that is cut short needs no wide search.</summary>
    private int EfSearchFor(int candidates)
        => (int)Math.Clamp((long)candidates * options.EfSearch / options.Candidates, options.MinEfSearch, options.MaxEfSearch);
}
