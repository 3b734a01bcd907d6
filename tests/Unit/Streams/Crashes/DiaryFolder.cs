using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage.Suspects;
using UnifiedVlm.Streams.Crashes;

namespace UnifiedVlm.Tests.Unit.Streams.Crashes;

/// <summary>A folder for diaries, and what the next process would tell of those in it.</summary>
internal sealed class DiaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-diary-");

    public string Path => folder.FullName;

    public string[] Files => [.. folder.GetFiles().Select(static f => f.Name)];

    public WorkDiary Create(int capacity = 8, ILogger? logger = null) => WorkDiary.Create(Path, capacity, logger ?? NullLogger.Instance);

    /// <summary>What the death of a process leaves: the file as it is, and no lock.</summary>
    public static void Die(WorkDiary diary)
    {
        diary.Keep();
        diary.Dispose();
    }

    public async Task<List<SuspectReport>> ReportAsync()
    {
        var reports = new List<SuspectReport>();
        await DiaryReader.ReportAsync(
            Path,
            (report, _) =>
            {
                reports.Add(report);
                return Task.CompletedTask;
            },
            NullLogger.Instance,
            CancellationToken.None);
        return reports;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
