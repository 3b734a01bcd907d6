using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace UnifiedVlm.Bench.Training;

/// <summary>reference.py as a child, which waits for orders and works only then.</summary>
internal sealed class PythonSide : IDisposable
{
    /// <summary>Debian's, for which python3-torch is; another one may stand first in PATH.</summary>
    private const string Interpreter = "/usr/bin/python3";

    private readonly Process process;

    /// <param name="folder">config.json, model.safetensors, batch.safetensors.</param>
    public PythonSide(string folder, int threads)
    {
        var start = new ProcessStartInfo(Interpreter) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "reference.py"), folder, threads.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);

        // As torch.memory.tune() does for ours.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = (1 << 30).ToString(CultureInfo.InvariantCulture);
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = int.MaxValue.ToString(CultureInfo.InvariantCulture);
        start.Environment["MALLOC_ARENA_MAX"] = "1";
        process = Process.Start(start) ?? throw new InvalidOperationException($"{Interpreter} can't be started.");
        Version = Answer().GetProperty("version").GetString()!;
    }

    /// <summary>Of its torch.</summary>
    public string Version { get; }

    /// <param name="layout"><c>packed</c> or <c>padded</c>.</param>
    public Measured Run(Work work, string layout, int count)
    {
        process.StandardInput.WriteLine(
            $$"""{"do": "{{(work.IsStep ? "step" : "forward")}}", "bfloat16": {{(work.IsBfloat16 ? "true" : "false")}}, "layout": "{{layout}}", "count": {{count}}}""");
        process.StandardInput.Flush();
        var answer = Answer();
        return new Measured(
            answer.GetProperty("seconds").GetDouble(), answer.GetProperty("cpu").GetDouble(), answer.GetProperty("loss").GetDouble(), answer.GetProperty("norm").GetDouble());
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private JsonElement Answer()
    {
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("reference.py has ended; what it printed says why.");
        using var json = JsonDocument.Parse(line);
        return json.RootElement.Clone();
    }
}
