using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

public sealed class ComposeTests
{
    private static readonly JsonObject Compose = Yaml.ReadOne(Repository.Read("deploy/compose.yaml")).AsObject();
    private static readonly Dictionary<string, JsonObject> Services = Compose["services"]!.AsObject().ToDictionary(static s => s.Key, static s => s.Value!.AsObject());

    private static Dictionary<string, JsonObject> Nodes => Services.Where(static s => ((string)s.Value["image"]!).StartsWith("uvlm:", StringComparison.Ordinal)).ToDictionary();

    [Fact]
    public void It_is_a_store_a_log_two_nodes_a_gateway_and_what_watches_them() => Assert.Equal(
        ["collector", "gateway", "grafana", "jaeger", "kafka", "node1", "node2", "postgres", "prometheus", "topics"], Services.Keys.Order());

    [Fact]
    public void Every_image_has_a_version()
    {
        Repository.AssertNone(Services.Where(static s => !Versioned((string)s.Value["image"]!)).Select(static s => $"{s.Key}: {s.Value["image"]}"));

        static bool Versioned(string image) => image.LastIndexOf(':') is > 0 and var at && image[(at + 1)..] is var tag && tag.Any(char.IsAsciiDigit) && tag != "latest";
    }

    [Fact]
    public void Every_setting_of_a_node_is_one_of_serve()
        => Repository.AssertNone(Nodes.SelectMany(static n => KnownSettings.Unknown(n.Value["environment"]!.AsObject().Select(static e => e.Key)).Select(name => $"{n.Key}: {name}")));

    [Fact]
    public void Each_node_has_a_name_an_address_and_a_folder_of_its_own()
    {
        Assert.Equal(["gateway", "node1", "node2"], Nodes.Keys.Order());
        Assert.All(Nodes, static node =>
        {
            var environment = node.Value["environment"]!;
            Assert.Equal(node.Key, (string)environment["UVLM_NODE_NAME"]!);
            Assert.Equal($"http://{node.Key}:7077", (string)environment["UVLM_ADVERTISE"]!);
            Assert.Equal($"{node.Key}:/var/lib/uvlm", (string)Assert.Single(node.Value["volumes"]!.AsArray())!);
        });
    }

    [Fact]
    public void Nodes_run_without_rights_and_have_the_time_to_drain() => Assert.All(Nodes.Values, static node =>
    {
        Assert.Equal("ALL", (string)Assert.Single(node["cap_drop"]!.AsArray())!);
        Assert.Equal("no-new-privileges:true", (string)Assert.Single(node["security_opt"]!.AsArray())!);
        Assert.True((bool)node["read_only"]!);
        Assert.Equal("90s", (string)node["stop_grace_period"]!);
    });

    [Fact]
    public void A_node_is_healthy_when_it_serves_and_the_handbook_replaces_one_after_the_other()
    {
        Assert.All(Nodes.Values, static node => Assert.Contains("/health", (string)node["healthcheck"]!["test"]!.AsArray()[3]!));
        var handbook = Repository.Read("docs/operations.md");
        Assert.All(Nodes.Keys, name => Assert.Contains($"docker compose -f deploy/compose.yaml up --detach --no-deps --wait {name}\n", handbook));
    }

    [Fact]
    public void Every_service_has_a_limit_of_memory_that_a_node_with_a_model_keeps_below()
    {
        var limits = Services.ToDictionary(static s => s.Key, static s => Megabytes((string?)s.Value["mem_limit"]));
        Assert.All(Nodes.Where(static n => n.Value["environment"]!["UVLM_MEMORY_MB"] is not null), node =>
            Assert.InRange(int.Parse((string)node.Value["environment"]!["UVLM_MEMORY_MB"]!, CultureInfo.InvariantCulture) / (double)limits[node.Key], 0.8, 0.92));
        Assert.Contains($"add up to {limits.Values.Sum() / 1024} GB", Repository.Read("docs/deploy.md"));

        static int Megabytes(string? limit)
            => limit?.EndsWith('m') == true ? int.Parse(limit[..^1], CultureInfo.InvariantCulture) : throw new FormatException($"mem_limit: {limit}");
    }

    [Fact]
    public void The_superuser_of_the_database_has_a_password_that_no_node_knows()
    {
        var own = Services["postgres"]["environment"]!["POSTGRES_PASSWORD"]!;
        var name = ((string?)own)![2..].Split(':')[0];
        Assert.Contains($"\n{name}=\n", Repository.Read("deploy/compose/.env.example"));
        Assert.All(Nodes.Values, node => Assert.DoesNotContain(name, node["environment"]!.ToJsonString()));
    }

    [Fact]
    public void Nothing_is_reached_from_other_machines()
        => Assert.All(Services.Values.SelectMany(static s => s["ports"]?.AsArray() ?? []), static port => Assert.StartsWith("127.0.0.1:", (string)port!));

    [Fact]
    public void What_it_names_is_there()
    {
        foreach (var (name, service) in Services)
        {
            Assert.All(service["networks"]?.AsArray() ?? [], network => Assert.True(Compose["networks"]!.AsObject().ContainsKey((string)network!), $"{name}: network {network}"));
            Assert.All(Dependencies(service), dependency => Assert.True(Services.ContainsKey(dependency), $"{name}: depends on {dependency}"));
            foreach (var volume in service["volumes"]?.AsArray().Select(static v => (string)v!) ?? [])
            {
                var source = volume.Split(':')[0];
                Assert.True(
                    source.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Path.Combine(Repository.Root, "deploy", source)) : Compose["volumes"]!.AsObject().ContainsKey(source),
                    $"{name}: {source}");
            }
        }

        static IEnumerable<string> Dependencies(JsonObject service) => service["depends_on"] switch
        {
            JsonArray list => list.Select(static d => (string)d!),
            JsonObject map => map.Select(static d => d.Key),
            _ => [],
        };
    }

    [Fact]
    public void The_collector_takes_what_nodes_send_and_gives_what_Prometheus_reads()
    {
        var collector = Yaml.ReadOne(Repository.Read("deploy/observe/collector.yaml"));
        Assert.EndsWith(":4318", (string)Services["node1"]["environment"]!["UVLM_OTLP"]!);
        Assert.Equal("0.0.0.0:4318", (string)collector["receivers"]!["otlp"]!["protocols"]!["http"]!["endpoint"]!);
        var target = (string)Yaml.ReadOne(Repository.Read("deploy/observe/prometheus.yaml"))["scrape_configs"]![0]!["static_configs"]![0]!["targets"]![0]!;
        Assert.Equal("collector:" + ((string)collector["exporters"]!["prometheus"]!["endpoint"]!).Split(':')[1], target);
        var defined = ((string[])["receivers", "processors", "exporters"]).SelectMany(kind => collector[kind]!.AsObject().Select(component => (kind, component.Key))).ToHashSet();
        Assert.All(
            collector["service"]!["pipelines"]!.AsObject().SelectMany(static p => p.Value!.AsObject()).SelectMany(static p => p.Value!.AsArray().Select(name => (p.Key, (string)name!))),
            used => Assert.Contains(used, defined));
    }
}
