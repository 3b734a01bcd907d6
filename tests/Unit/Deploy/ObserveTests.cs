using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

[Collection(Meters.Collection)]
public sealed class ObserveTests
{
    private static readonly JsonNode Dashboard = JsonNode.Parse(Repository.Read("deploy/observe/grafana/dashboards/uvlm.json"))!;
    private static readonly List<JsonNode> Panels = [.. Dashboard["panels"]!.AsArray().Where(static p => (string)p!["type"]! != "row").Select(static p => p!)];

    private static readonly List<JsonNode> Rules =
        [.. Yaml.ReadOne(Repository.Read("deploy/observe/alerts.yaml"))["groups"]!.AsArray().SelectMany(static g => g!["rules"]!.AsArray()).Select(static r => r!)];

    [Fact]
    public async Task Every_metric_that_is_asked_for_is_one_that_a_node_has()
    {
        var exported = await ExportedMetrics.CollectAsync();
        var asked = Panels.SelectMany(static p => p["targets"]!.AsArray().Select(t => (Where: (string)p["title"]!, Query: (string)t!["expr"]!)))
            .Append(("variable node", (string)Dashboard["templating"]!["list"]![0]!["query"]!["query"]!))
            .Concat(Rules.Select(static r => ((string)r["alert"]!, (string)r["expr"]!)))
            .SelectMany(static q => ExportedMetrics.In(q.Item2).Select(metric => (q.Item1, Metric: metric)))
            .ToList();
        Assert.True(asked.Count > Panels.Count + Rules.Count - 1);
        Repository.AssertNone(asked.Where(a => !exported.Contains(a.Metric)).Select(static a => $"{a.Item1}: {a.Metric}"));
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
}
