using System.Diagnostics;
using System.Globalization;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Model;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>Whether encoding leaks: 500 batches of real documents, the live tensors and the resident size beside the steps.</summary>
internal static class MemoryRun
{
    private const int Steps = 500;
    private const int Report = 50;

    /// <summary>Before the first look: the runtime compiles its hot paths for good, and every thread's heap reaches its size.</summary>
    private const int WarmUp = 150;

    private const int BatchDocuments = 2;

    /// <summary>All of them have been through more than once before the first look, so that a larger document is not taken for a leak.</summary>
    private const int Documents = BatchDocuments * Report;

    private const double AllowedGrowth = 0.02;

    /// <returns>0 when handles and resident size are at the end what they were before the first step.</returns>
    public static int Run(UnifiedModel model, Corpus corpus)
    {
        var json = Sample(corpus);
        var started = Stopwatch.GetTimestamp();
        for (var step = 0; step < WarmUp; step++)
            Encode(model, json, step);
        var (handles, resident) = (torch.memory.live_handles, Resident());
        Print(0, handles, resident);
        var (nowHandles, nowResident) = (handles, resident);
        for (var step = 1; step <= Steps; step++)
        {
            Encode(model, json, step);
            if (step % Report != 0)
                continue;
            (nowHandles, nowResident) = (torch.memory.live_handles, Resident());
            Print(step, nowHandles, nowResident);
        }

        var growth = (nowResident / (double)resident) - 1;
        var flat = nowHandles == handles && growth < AllowedGrowth;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s; over {Steps} steps after {WarmUp}: {nowHandles - handles} handles, {growth * 100:F1} % resident: {(flat ? "flat" : "NOT flat")}"));
        return flat ? 0 : 1;
    }

    private static void Encode(UnifiedModel model, byte[][] json, int step)
    {
        var batch = Enumerable.Range(step * BatchDocuments, BatchDocuments)
            .Select(i => model.Preparer.Prepare(DocumentJson.Parse(json[i % json.Length], DocumentReadOptions.Default), CancellationToken.None)).ToList();
        model.Encoder.Encode(batch, CancellationToken.None);
        batch.ForEach(static d => d.Dispose());
    }

    private static void Print(int step, long handles, long resident) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"step {step,3}: {handles} live handles, {resident / 1048576.0:F1} MB resident"));

    /// <summary>From the shorter half of the corpus, pages with pictures before those without: the run is about many steps, not about long ones.</summary>
    private static byte[][] Sample(Corpus corpus)
    {
        var shorter = corpus.Documents.Zip(corpus.Json)
            .OrderBy(static d => d.First.Parts.OfType<TextPart>().Sum(static t => t.Text.Length))
            .Take(Math.Max(1, corpus.Json.Count / 2)).ToArray();
        return [.. shorter.OrderByDescending(static d => d.First.Parts.Any(static p => p is ImagePart)).Take(Documents).Select(static d => d.Second)];
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
