using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.Unit.Architecture;
using UnifiedVlm.Tests.Unit.Documents;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>The chart, rendered by <see cref="GoTemplate"/>: that Helm itself renders it alike was not tried.</summary>
public sealed class HelmTests
{
    private const string Component = "app.kubernetes.io/component";

    private static readonly RenderedChart Plain = new();

    /// <summary>Everything that can be turned on.</summary>
    private static readonly RenderedChart Full = new(static values =>
    {
        values["kafka"]!["bootstrapServers"] = "kafka:9092";
        values["kafka"]!["existingSecret"] = "uvlm-kafka";
        values["model"]!["existingClaim"] = "models";
        values["model"]!["path"] = "vlm-2b";
        values["telemetry"]!["otlp"] = "http://collector:4318";
        values["settings"] = new JsonObject { ["UVLM_INBOX_ROWS"] = 5000 };
        values["encode"]!["enabled"] = true;
        values["encode"]!["settings"]!["UVLM_DEVICE"] = "cuda:0";
        values["encode"]!["nodeSelector"] = new JsonObject { ["gpu"] = "yes" };
        values["encode"]!["tolerations"] = new JsonArray(new JsonObject { ["key"] = "gpu", ["operator"] = "Exists" });
        values["image"]!["pullSecrets"] = new JsonArray(new JsonObject { ["name"] = "registry" });
        values["ingest"]!["storage"]!["className"] = "fast";
        values["networkPolicy"]!["clients"] = new JsonArray(new JsonObject { ["namespaceSelector"] = new JsonObject() });
        values["serviceMonitor"]!["enabled"] = true;
        values["serviceMonitor"]!["collectorLabels"] = new JsonObject { ["app"] = "collector" };
        foreach (var role in (string[])["query", "encode", "gateway"])
            values[role]!["autoscaling"]!["enabled"] = true;
    });

    private static readonly MiniSchema Schema = new(JsonNode.Parse(Repository.Read(RenderedChart.Folder + "values.schema.json"))!.AsObject());

    [Fact]
    public void Its_objects_are_what_a_cluster_needs()
    {
        Assert.Equal(
            ["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
            Plain.Objects.Select(static o => (string)o["kind"]!).Distinct().Order());
        Assert.Equal(["HorizontalPodAutoscaler", "ServiceMonitor"], Full.Objects.Select(static o => (string)o["kind"]!).Except(Plain.Objects.Select(static o => (string)o["kind"]!)).Order());
        Assert.Equal(["test-uvlm-gateway", "test-uvlm-ingest", "test-uvlm-query"], Plain.Workloads.Select(Name).Order());
        Assert.Equal(["test-uvlm-encode", "test-uvlm-gateway", "test-uvlm-ingest", "test-uvlm-query"], Full.Workloads.Select(Name).Order());
        Assert.All((RenderedChart[])[Plain, Full], static chart => Assert.Distinct(chart.Objects.Select(static o => $"{o["kind"]} {Name(o)}")));
        Assert.All(Plain.Objects.Concat(Full.Objects), static o => Assert.All((string[])["apiVersion", "kind", "metadata"], field => Assert.NotNull(o[field])));
    }

    [Fact]
    public void What_selects_pods_selects_some()
    {
        Assert.All((RenderedChart[])[Plain, Full], static chart =>
        {
            var pods = chart.Workloads.Select(static w => w["spec"]!["template"]!["metadata"]!["labels"]!.AsObject()).ToList();
            Assert.All(chart.Workloads, static w => Assert.True(Selects(w["spec"]!["selector"]!["matchLabels"]!, w["spec"]!["template"]!["metadata"]!["labels"]!.AsObject()), Name(w)));
            var selectors = chart.OfKind("PodDisruptionBudget").Select(static o => o["spec"]!["selector"]!["matchLabels"]!)
                .Concat(chart.OfKind("Service").Select(static o => o["spec"]!["selector"]!))
                .Concat(chart.OfKind("NetworkPolicy").Select(static o => o["spec"]!["podSelector"]!["matchLabels"]!))
                .ToList();
            Assert.All(selectors, selector => Assert.Contains(pods, pod => Selects(selector, pod)));
            // Each role has its budget, and each budget one role.
            Assert.Equal(
                chart.Workloads.Select(static w => (string)w["metadata"]!["labels"]![Component]!).Order(),
                chart.OfKind("PodDisruptionBudget").Select(static o => (string)o["spec"]!["selector"]!["matchLabels"]![Component]!).Order());
            Assert.Equal(["gateway", "ingest"], chart.OfKind("Service").Select(static o => (string)o["spec"]!["selector"]![Component]!).Order());
        });
        Assert.All(Full.OfKind("HorizontalPodAutoscaler"), static o => Assert.Contains((string)o["spec"]!["scaleTargetRef"]!["name"]!, Full.OfKind("Deployment").Select(Name)));
        Assert.All(Full.OfKind("Deployment"), static o => Assert.Null(o["spec"]!["replicas"]));

        static bool Selects(JsonNode selector, JsonObject labels) => selector.AsObject().All(pair => JsonNode.DeepEquals(labels[pair.Key], pair.Value));
    }

    [Fact]
    public void Every_pod_runs_without_rights_is_probed_and_has_the_time_to_drain() => Assert.All(Plain.Workloads.Concat(Full.Workloads), static workload =>
    {
        var pod = workload["spec"]!["template"]!["spec"]!;
        Assert.True((bool)pod["securityContext"]!["runAsNonRoot"]!);
        Assert.False((bool)pod["automountServiceAccountToken"]!);
        Assert.Equal(90, (int)pod["terminationGracePeriodSeconds"]!);
        var container = Assert.Single(pod["containers"]!.AsArray())!;
        Assert.Equal(("/alive", "/health", "/alive"), (Path("livenessProbe"), Path("readinessProbe"), Path("startupProbe")));
        Assert.Equal(5, (int)container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!);
        Assert.True((bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
        Assert.NotNull(container["resources"]!["limits"]!["memory"]);
        var mounted = container["volumeMounts"]!.AsArray().Select(static m => (string)m!["name"]!).Order();
        var claims = workload["spec"]!["volumeClaimTemplates"]?.AsArray().Select(static c => (string)c!["metadata"]!["name"]!) ?? [];
        Assert.Equal(mounted, pod["volumes"]!.AsArray().Select(static v => (string)v!["name"]!).Concat(claims).Order());

        string Path(string probe) => (string)container[probe]!["httpGet"]!["path"]!;
    });

    [Fact]
    public void Every_setting_is_one_of_serve() => Repository.AssertNone(KnownSettings.Unknown(Plain.SettingNames.Concat(Full.SettingNames)));

    [Fact]
    public void Secrets_are_referred_to_and_never_written() => Assert.All(Full.Objects, static o => Assert.NotEqual("Secret", (string)o["kind"]!));

    [Fact]
    public void Switches_and_settings_reach_their_pods()
    {
        var map = Assert.Single(Full.OfKind("ConfigMap"))["data"]!;
        Assert.Equal(("kafka:9092", "5000"), ((string)map["UVLM_KAFKA"]!, (string)map["UVLM_INBOX_ROWS"]!));
        Assert.Equal("cuda:0", Setting(Full, "encode", "UVLM_DEVICE"));
        Assert.Equal("gateway", Setting(Plain, "gateway", "UVLM_ROLES"));
        Assert.Contains("uvlm key create", Plain.Notes);
    }

    [Fact]
    public void A_model_of_a_claim_is_mounted_read_only_where_a_model_is_loaded()
    {
        Assert.All(Full.Workloads, static workload =>
        {
            var pod = workload["spec"]!["template"]!["spec"]!;
            var mount = pod["containers"]![0]!["volumeMounts"]!.AsArray().SingleOrDefault(static m => (string)m!["name"]! == "model");
            if (Name(workload) == "test-uvlm-gateway")
            {
                Assert.Null(mount);
                return;
            }

            Assert.True((bool)mount!["readOnly"]!);
            Assert.Equal((string)mount["mountPath"]! + "/vlm-2b", (string)Variable(workload, "UVLM_MODEL")["value"]!);
            Assert.Equal("models", (string)pod["volumes"]!.AsArray().Single(static v => (string)v!["name"]! == "model")!["persistentVolumeClaim"]!["claimName"]!);
        });
        Assert.DoesNotContain("UVLM_MODEL", Plain.SettingNames);
    }

    [Fact]
    public void Threads_follow_the_pod_and_not_the_machine() => Assert.All(Plain.Workloads.Concat(Full.Workloads), static workload =>
    {
        var reference = Variable(workload, "DOTNET_PROCESSOR_COUNT")["valueFrom"]!["resourceFieldRef"]!;
        Assert.Equal(("requests.cpu", "1"), ((string)reference["resource"]!, (string)reference["divisor"]!));
        Assert.NotNull(workload["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"]!["requests"]!["cpu"]);
    });

    [Fact]
    public void A_machine_can_be_drained_of_every_role() => Assert.All((RenderedChart[])[Plain, Full], static chart => Assert.All(chart.OfKind("PodDisruptionBudget"), budget =>
    {
        var role = (string)budget["metadata"]!["labels"]![Component]!;
        Assert.True((int)budget["spec"]!["minAvailable"]! < (int)chart.Values[role]!["replicas"]!, role);
        Assert.Equal("AlwaysAllow", (string)budget["spec"]!["unhealthyPodEvictionPolicy"]!);
    }));

    [Theory]
    [InlineData("ClusterIP", false, """[{"podSelector":{}}]""")]
    [InlineData("ClusterIP", true, """[{"namespaceSelector":{}}]""")]
    [InlineData("LoadBalancer", false, null)]
    [InlineData("NodePort", false, null)]
    [InlineData("LoadBalancer", true, """[{"namespaceSelector":{}}]""")]
    public void Who_may_call_the_gateway_is_who_its_service_is_for(string service, bool named, string? from)
    {
        var chart = new RenderedChart(values =>
        {
            values["gateway"]!["service"]!["type"] = service;
            if (named)
                values["networkPolicy"]!["clients"] = new JsonArray(new JsonObject { ["namespaceSelector"] = new JsonObject() });
        });
        var rule = Assert.Single(chart.OfKind("NetworkPolicy").Single(static o => Name(o) == "test-uvlm-gateway")["spec"]!["ingress"]!.AsArray())!;
        Assert.Equal(from, rule["from"]?.ToJsonString());
        Assert.Equal(7077, (int)Assert.Single(rule["ports"]!.AsArray())!["port"]!);
    }

    [Fact]
    public void Who_has_a_model_keeps_below_its_limit_of_memory() => Assert.All(Plain.Workloads.Concat(Full.Workloads).Where(static w => !Name(w).EndsWith("gateway", StringComparison.Ordinal)), static workload =>
    {
        var container = workload["spec"]!["template"]!["spec"]!["containers"]![0]!;
        var limit = (string)container["resources"]!["limits"]!["memory"]!;
        Assert.EndsWith("Gi", limit, StringComparison.Ordinal);
        var own = (string)container["env"]!.AsArray().Single(static e => (string)e!["name"]! == "UVLM_MEMORY_MB")!["value"]!;
        Assert.InRange(int.Parse(own, CultureInfo.InvariantCulture) / (1024.0 * int.Parse(limit[..^2], CultureInfo.InvariantCulture)), 0.8, 0.92);
    });

    [Fact]
    public void Its_values_and_those_of_a_full_one_fit_its_schema() => Assert.Equal([null, null], ((RenderedChart[])[Plain, Full]).Select(static chart => Schema.Validate(chart.Values)));

    [Theory]
    [InlineData("replica", "1", "$.replica: unknown")]
    [InlineData("auth", "\"password\"", "$.auth: enum")]
    [InlineData("terminationGracePeriodSeconds", "5", "$.terminationGracePeriodSeconds: minimum")]
    [InlineData("settings", """{"LANG": "C"}""", "$.settings.LANG: pattern")]
    [InlineData("image", """{"repository": "uvlm", "tag": "latest"}""", "$.image.tag: not")]
    public void A_value_that_can_not_be_is_refused_by_its_schema(string name, string value, string error)
    {
        var values = new RenderedChart().Values;
        values[name] = JsonNode.Parse(value);
        Assert.Equal(error, Schema.Validate(values));
    }

    [Fact]
    public void A_path_that_leads_nowhere_is_an_error_of_these_tests()
        => Assert.Contains("'nothing'", Assert.Throws<KeyNotFoundException>(() => new GoTemplate().Render("{{ .Values.nothing }}", new() { ["Values"] = new Dictionary<string, object?>() })).Message);

    private static string Setting(RenderedChart chart, string role, string name) => (string)Variable(chart.Workloads.Single(w => Name(w) == $"test-uvlm-{role}"), name)["value"]!;

    private static JsonNode Variable(JsonNode workload, string name) => workload["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray().Single(e => (string)e!["name"]! == name)!;

    private static string Name(JsonNode o) => (string)o["metadata"]!["name"]!;
}
