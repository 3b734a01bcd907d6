using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Server.Cli.Batch;
using UnifiedVlm.Server.Demo;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Storage.Schema;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Server.Cli;

/// <summary>The one place where exceptions become exit codes.</summary>
internal readonly record struct CommandFailure(string Message, int ExitCode)
{
    private const int BadLine = 1;
    private const int BadInput = 2;
    private const int Unavailable = 3;
    private const int Interrupted = 130;

    /// <summary>Null when the exception is a defect of ours: it then ends the program with its stack trace.</summary>
    public static CommandFailure? From(Exception error) => error switch
    {
        AggregateException { InnerException: { } inner } => From(inner),
        BadLineException => new(error.Message, BadLine),
        DeadLetterNotFoundException => new($"{error.Message} 'uvlm dead list' shows those there are.", BadInput),
        // It passes: whoever restarts the program may.
        SchemaLockedException => new(error.Message, Unavailable),
        UsageException or DocumentRejectedException or NotReplayableException or SubscriptionNotFoundException or SubscriptionLimitException or ApiKeyNotFoundException or UnknownDocumentException or ConfigException or CheckpointException or ModelOutputException or TokenizerFormatException or IndexMismatchException or GenerationException
            or SetFormatException or UnusableVectorException or SchemaException or SchemaTooNewException or SourceTakenException or DataException
            or TeacherException or MemberReplacedException => new(error.Message, BadInput),
        EmbeddedPostgresException or ChildFailedException or TrainingException or PipelineStoppedException or DeviceLostException or DeviceFailedException or MockBrokerException or TimeoutException
            or TypeInitializationException { InnerException: DllNotFoundException } => new((error as TypeInitializationException)?.InnerException?.Message ?? error.Message, Unavailable),
        DllNotFoundException => new(error.Message, Unavailable),
        // While it computes: the memory is full, or the device is gone. What a checkpoint does wrong is found when it is loaded.
        TorchException => new($"libtorch: {error.Message}", Unavailable),
        NpgsqlException => new($"the database: {error.Message}", Unavailable),
        FileNotFoundException or DirectoryNotFoundException => new(error.Message, BadInput),
        UnauthorizedAccessException or IOException => new(error.Message, Unavailable),
        OperationCanceledException => new("stopped", Interrupted),
        _ => null,
    };
}
