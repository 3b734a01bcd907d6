using System.CommandLine;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Server.Cli;

/// <summary>Where records come from.</summary>
internal sealed class KafkaSettings
{
    private const string SettingsVariable = "UVLM_KAFKA_SETTINGS";

    private readonly Option<string> bootstrap = Setting.Text("--kafka", "UVLM_KAFKA", "", "Kafka bootstrap servers; without them nothing is read from Kafka");

    private readonly Option<string> topics = Setting.Text("--topics", "UVLM_TOPICS", Defaults.Topic, "Topics to read, separated by commas");

    private readonly Option<string> group = Setting.Text("--group", "UVLM_GROUP", Defaults.Group, "Consumer group, also in the store's offsets");

    private readonly Option<string> onNewLog = Setting.Text("--on-new-log", "UVLM_ON_NEW_LOG", "stop",
        "When a topic was created anew or the cluster is another one: stop, or adopt and read it from the beginning");

    private readonly Option<string[]> settings = Secret.List("--kafka-set", SettingsVariable,
        "NAME=VALUE, any librdkafka setting (security.protocol, sasl.username, ...), may be given several times; @FILE as the value reads it from a file, for secrets");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { bootstrap, topics, group, onNewLog, settings })
            command.Options.Add(option);
    }

    public string Group(ParseResult result) => result.GetValue(group)!;

    /// <summary>Null when no bootstrap servers are given.</summary>
    public KafkaSourceOptions? Read(ParseResult result)
    {
        if (result.GetValue(bootstrap) is not { Length: > 0 } servers)
            return null;
        return new KafkaSourceOptions
        {
            BootstrapServers = servers,
            GroupId = Group(result),
            Topics = result.GetValue(topics)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            OnNewLog = result.GetValue(onNewLog) switch
            {
                "stop" => OnNewLog.Stop,
                "adopt" => OnNewLog.Adopt,
                var other => throw new UsageException($"--on-new-log {other}: must be stop or adopt."),
            },
            Settings = ParseAll(Secret.Read(result, settings, SettingsVariable)),
        };
    }

    private static Dictionary<string, string> ParseAll(IReadOnlyList<string> given)
    {
        var parsed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given.Select(Parse))
        {
            if (!parsed.TryAdd(name, value))
                throw new UsageException($"--kafka-set {name} is given twice. Give it once.");
        }

        return parsed;
    }

    private static KeyValuePair<string, string> Parse(string setting)
    {
        var equals = setting.IndexOf('=');
        if (equals < 1)
            throw new UsageException("--kafka-set must be NAME=VALUE; one of them has no name.");
        var name = setting[..equals];
        return new(name, Secret.FromFile($"--kafka-set {name}", setting[(equals + 1)..]));
    }
}
