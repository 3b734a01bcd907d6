using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>Events 4160 to 4169.</summary>
internal static partial class FolderLog
{
    [LoggerMessage(4160, LogLevel.Warning, "{Folder}: changes may have been missed ({Reason}); all of it is looked at, now and every so often. If it happens again, raise fs.inotify.max_user_watches and max_queued_events")]
    public static partial void ChangesLost(ILogger logger, string folder, string reason);

    [LoggerMessage(4161, LogLevel.Warning, "{Folder} can't be read ({Reason}); trying again at the next look")]
    public static partial void Unreadable(ILogger logger, string folder, string reason);

    [LoggerMessage(4162, LogLevel.Warning, "{Folder} is empty of a sudden although {Known} files were known: nothing is deleted, because a file system may be missing there")]
    public static partial void EmptyOfASudden(ILogger logger, string folder, long known);

    [LoggerMessage(4163, LogLevel.Warning, "{Folder}: not all files could be read, so documents of files that are gone since the last run are left alone")]
    public static partial void KeepsLeftovers(ILogger logger, string folder);

    [LoggerMessage(4164, LogLevel.Information, "{Folder}: everything there was is taken up; watching for changes")]
    public static partial void Watching(ILogger logger, string folder);

    [LoggerMessage(4165, LogLevel.Warning, "{Source} was taken over by another program that watches the same folder; beginning anew in {Delay}")]
    public static partial void TakenOver(ILogger logger, string source, TimeSpan delay);
}
