using System.Globalization;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>Whether encoding leaks: 500 batches of real documents, the live tensors and the resident size beside the steps.</summary>
internal static class MemoryRun
{
    private const int Steps = 500;
    private const int Settled = 50;
    private const int BatchDocuments = 2;

    /// <summary>All of them have been through once before the first look, so that a larger document is not taken for a leak.</summary>
    private const int Documents = 96;

    private const double AllowedGrowth = 0.02;

    /// <returns>0 when handles and resident size at the end are those of step 50.</returns>
    public static int Run(UnifiedModel model, Corpus corpus)
    {
        var (handles, resident) = (0L, 0L);
        var position = 0;
        var json = Enumerable.Range(0, Math.Min(Documents, corpus.Json.Count)).Select(i => corpus.Json[i * corpus.Json.Count / Math.Min(Documents, corpus.Json.Count)]).ToArray();
        for (var step = 1; step <= Steps; step++)
        {
            var batch = new List<PreparedDocument>(BatchDocuments);
            for (var i = 0; i < BatchDocuments; i++)
                batch.Add(model.Preparer.Prepare(DocumentJson.Parse(json[position++ % json.Length], DocumentReadOptions.Default), CancellationToken.None));
            model.Encoder.Encode(batch, CancellationToken.None);
            batch.ForEach(static d => d.Dispose());
            if (step % Settled != 0)
                continue;
            var (nowHandles, nowResident) = (torch.memory.live_handles, Resident());
            if (step == Settled)
                (handles, resident) = (nowHandles, nowResident);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step,3}: {nowHandles} live handles, {nowResident / 1048576.0:F1} MB resident"));
        }

        var growth = (Resident() / (double)resident) - 1;
        var flat = torch.memory.live_handles == handles && growth < AllowedGrowth;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"from step {Settled} to {Steps}: {torch.memory.live_handles - handles} handles, {growth * 100:F1} % resident: {(flat ? "flat" : "NOT flat")}"));
        return flat ? 0 : 1;
    }

    private static long Resident()
    {
        // What the collector keeps committed for later comes and goes with its timing; aggressive means that it gives all of it back.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        const int PageBytes = 4096;
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * PageBytes;
    }
}
