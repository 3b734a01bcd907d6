using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>The folder of an evaluation's results: the figures, the table and the plot.</summary>
public static class ResultsFolder
{
    /// <summary>Takes set after set and writes the folder after each, so that what ends the process costs the set it was in and no other.</summary>
    /// <param name="start">The model's, of no sets yet.</param>
    /// <param name="sets">Measured as they are taken.</param>
    /// <param name="folder">Has to be there; null to write nothing.</param>
    public static EvaluationResult Collect(EvaluationResult start, IEnumerable<SetResult> sets, string? folder)
    {
        var result = start;
        foreach (var set in sets)
        {
            result = result with { Sets = [.. result.Sets, set] };
            if (folder is not null)
                Write(folder, result);
        }

        return result;
    }

    /// <summary>Writes each file atomically.</summary>
    private static void Write(string folder, EvaluationResult result)
    {
        ResultsJson.Write(Path.Combine(folder, ResultsJson.FileName), result);
        AtomicFile.WriteText(Path.Combine(folder, ResultsTable.FileName), ResultsTable.Render(result));
        AtomicFile.WriteText(Path.Combine(folder, ResultsPlot.FileName), ResultsPlot.Render(result));
    }
}
