using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

[Collection(Meters.Collection)]
public sealed partial class ObserveTests
{
    private static readonly JsonNode Dashboard = JsonNode.Parse(Repository.Read("deploy/observe/grafana/dashboards/uvlm.json"))!;
    private static readonly List<JsonNode> Panels = [.. Dashboard["panels"]!.AsArray().Where(static p => (string)p!["type"]! != "row").Select(static p => p!)];

    private static readonly List<JsonNode> Rules =
        [.. Yaml.ReadOne(Repository.Read("deploy/observe/alerts.yaml"))["groups"]!.AsArray().SelectMany(static g => g!["rules"]!.AsArray()).Select(static r => r!)];

    [Fact]
    public async Task Every_metric_that_is_asked_for_is_one_that_a_node_has()
    {
        var exported = (await ExportedMetrics.CollectAsync()).SelectMany(ExportedMetrics.PrometheusNames).ToHashSet();
        var asked = Panels.SelectMany(static p => p["targets"]!.AsArray().Select(t => (Where: (string)p["title"]!, Query: (string)t!["expr"]!)))
            .Append(("variable node", (string)Dashboard["templating"]!["list"]![0]!["query"]!["query"]!))
            .Concat(Rules.Select(static r => ((string)r["alert"]!, (string)r["expr"]!)))
            .SelectMany(static q => ExportedMetrics.In(q.Item2).Select(metric => (q.Item1, Metric: metric)))
            .ToList();
        Assert.True(asked.Count > Panels.Count + Rules.Count - 1);
        Repository.AssertNone(asked.Where(a => !exported.Contains(a.Metric)).Select(static a => $"{a.Item1}: {a.Metric}"));
    }

    /// <summary>An alert says that something is wrong, a panel since when and how much.</summary>
    [Fact]
    public void Every_metric_of_an_alert_has_a_panel()
    {
        var shown = Panels.SelectMany(static p => p["targets"]!.AsArray()).SelectMany(static t => ExportedMetrics.In((string)t!["expr"]!)).ToHashSet();
        Repository.AssertNone(Rules.SelectMany(static r => ExportedMetrics.In((string)r["expr"]!).Select(metric => (Alert: (string)r["alert"]!, Metric: metric)))
            .Where(a => !shown.Contains(a.Metric)).Select(static a => $"{a.Alert}: {a.Metric}"));
    }

    [Fact]
    public void One_node_that_is_gone_and_events_that_were_removed_are_told()
    {
        // A node is known by its actors, a gateway alone by what it keeps.
        Assert.Equal(["uvlm_actor_processed_total", "uvlm_gateway_kept_bytes"], ExportedMetrics.In(Expression("UvlmNodeIsMissing")).Distinct().Order());
        // A store that never had Kafka removes its events too, and nobody is to be told.
        Assert.Equal(["uvlm_events_dropped_total", "uvlm_events_published_total"], ExportedMetrics.In(Expression("UvlmEventsDropped")).Order());
    }

    /// <summary>An hour after a rolling upgrade, in which old and new nodes were counted side by side, fewer would be missing ones.</summary>
    [Fact]
    public void Nodes_are_missing_by_the_least_of_a_while_and_not_by_a_moment()
        => Assert.Matches(@" < min_over_time\(count\(.+\)\[30m:1m\] offset 1h\)$", Expression("UvlmNodeIsMissing"));

    [Fact]
    public async Task A_quantile_can_reach_what_its_alert_waits_for()
    {
        var bounds = (await ExportedMetrics.CollectAsync()).Where(static i => ExportedMetrics.LargestBound(i) is not null)
            .SelectMany(static i => ExportedMetrics.PrometheusNames(i).Select(name => (Name: name, Bound: ExportedMetrics.LargestBound(i)!.Value)))
            .DistinctBy(static b => b.Name).ToDictionary(static b => b.Name, static b => b.Bound);
        var alerts = Rules.Where(static r => ((string)r["expr"]!).Contains("histogram_quantile", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(alerts);
        Assert.All(alerts, rule =>
        {
            var threshold = double.Parse(Threshold().Match((string)rule["expr"]!).Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.All(ExportedMetrics.In((string)rule["expr"]!), metric => Assert.True(threshold < bounds[metric], $"{rule["alert"]}: {metric} ends at {bounds[metric]}"));
        });
    }

    [Fact]
    public void Questions_that_a_gateway_refuses_count_as_refused()
        => Assert.Superset(new HashSet<string> { "uvlm_query_refused_total", "uvlm_gateway_refusals_total" }, ExportedMetrics.In(Expression("UvlmQuestionsAreRefused")).ToHashSet());

    [Fact]
    public void The_inbox_is_watched_by_each_of_its_limits()
    {
        using var gate = new InboxGate(InboxLimits.Default, static _ => Task.FromResult(default(InboxLoad)), TimeProvider.System);
        Assert.All(gate.Queues, queue => Assert.Matches($"queue=~\"([^\"]+\\|)?{queue.Name}[\"|]", Expression("UvlmInboxFills")));
    }

    /// <summary>OpenTelemetry's own buckets, 5 and 10 and so on, are for milliseconds.</summary>
    [Fact]
    public async Task Every_histogram_of_seconds_says_what_its_buckets_are()
    {
        var own = (await ExportedMetrics.CollectAsync()).OfType<Histogram<double>>().Where(static h => h.Meter.Name.StartsWith("UnifiedVlm.", StringComparison.Ordinal)).ToList();
        Assert.Contains(own, static h => h.Name == "uvlm.query.step");
        Repository.AssertNone(own.Where(static h => ExportedMetrics.LargestBound(h) is null).Select(static h => h.Name));
        // Those that only a whole node makes.
        Repository.AssertNone(Repository.Files("src", ".cs").Where(static file =>
            Repository.Read(file) is var source && source.Contains("CreateHistogram", StringComparison.Ordinal) && !source.Contains("HistogramBucketBoundaries", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_query_asks_for_its_metrics_and_not_for_its_labels() => Assert.Equal(
        ["uvlm_a_total", "uvlm_b_bucket"],
        ExportedMetrics.In("""sum by (my_label, le) (rate(uvlm_a_total{other_label=~"x"}[$__rate_interval])) / histogram_quantile(0.95, uvlm_b_bucket)"""));

    [Fact]
    public void Names_become_those_of_Prometheus()
    {
        using var meter = new Meter("names");
        Assert.Equal(["uvlm_ingest_bytes_total"], ExportedMetrics.PrometheusNames(meter.CreateObservableCounter("uvlm.ingest.bytes", static () => 0L, "By")));
        Assert.Equal(["uvlm_busy_seconds_total"], ExportedMetrics.PrometheusNames(meter.CreateCounter<double>("uvlm.busy", "s")));
        Assert.Equal(["uvlm_idle_ratio"], ExportedMetrics.PrometheusNames(meter.CreateObservableGauge("uvlm.idle", static () => 0.0, "1")));
        Assert.Equal(["uvlm_lag"], ExportedMetrics.PrometheusNames(meter.CreateObservableGauge("uvlm.lag", static () => 0L, "{record}")));
        Assert.Equal(["step_seconds_bucket", "step_seconds_count", "step_seconds_sum"], ExportedMetrics.PrometheusNames(meter.CreateHistogram<double>("step", "s")));
    }

    [Fact]
    public void Every_alert_says_how_bad_it_is_what_it_means_and_what_to_do()
    {
        Assert.Distinct(Rules.Select(static r => (string)r["alert"]!));
        Assert.All(Rules, static rule =>
        {
            Assert.Contains((string)rule["labels"]!["severity"]!, (string[])["warning", "critical"]);
            Assert.NotEmpty((string)rule["annotations"]!["summary"]!);
            Assert.NotEmpty((string)rule["annotations"]!["action"]!);
        });
        // The handbook's table has them all.
        var handbook = Repository.Read("docs/operations.md");
        Assert.All(Rules, rule => Assert.Contains($"`{rule["alert"]}`", handbook));
    }

    [Fact]
    public void Panels_have_a_place_of_their_own_and_the_provisioned_source()
    {
        var source = (string)Yaml.ReadOne(Repository.Read("deploy/observe/grafana/provisioning/datasources/prometheus.yaml"))["datasources"]![0]!["uid"]!;
        Assert.All(Panels, panel => Assert.Equal(source, (string)panel["datasource"]!["uid"]!));
        Assert.Distinct(Dashboard["panels"]!.AsArray().Select(static p => (int)p!["id"]!));
        Assert.Distinct(Dashboard["panels"]!.AsArray().Select(static p => ((int)p!["gridPos"]!["x"]!, (int)p["gridPos"]!["y"]!)));
        Assert.All(Panels, static panel => Assert.True((int)panel["gridPos"]!["x"]! + (int)panel["gridPos"]!["w"]! <= 24));
    }

    private static string Expression(string alert) => (string)Rules.Single(r => (string)r["alert"]! == alert)["expr"]!;

    /// <summary>What an alert's last comparison is with.</summary>
    [GeneratedRegex(@"> ([0-9.]+)$")]
    private static partial Regex Threshold();
}
