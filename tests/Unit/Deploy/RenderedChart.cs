using System.Text.Json.Nodes;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>The Helm chart's objects, rendered with its values and those of a test.</summary>
internal sealed class RenderedChart
{
    public const string Folder = "deploy/helm/uvlm/";

    /// <param name="change">Changes the values that the chart brings.</param>
    public RenderedChart(Action<JsonObject>? change = null)
    {
        var values = Yaml.ReadOne(Repository.Read(Folder + "values.yaml")).AsObject();
        change?.Invoke(values);
        // Whatever type a test has put in: from here on it is what the text says.
        Values = JsonNode.Parse(values.ToJsonString())!.AsObject();
        var chart = Yaml.ReadOne(Repository.Read(Folder + "Chart.yaml"));
        var context = new Dictionary<string, object?>
        {
            ["Values"] = Plain(Values),
            ["Chart"] = new Dictionary<string, object?> { ["Name"] = (string)chart["name"]!, ["Version"] = (string)chart["version"]!, ["AppVersion"] = (string)chart["appVersion"]! },
            ["Release"] = new Dictionary<string, object?> { ["Name"] = "test", ["Service"] = "Helm" },
            ["Template"] = new Dictionary<string, object?> { ["BasePath"] = "uvlm/templates" },
        };
        var template = new GoTemplate();
        template.Define(Repository.Read(Folder + "templates/_helpers.tpl"));
        // Known by its path, for the checksum.
        template.Define("{{ define \"uvlm/templates/configmap.yaml\" }}" + Repository.Read(Folder + "templates/configmap.yaml") + "{{ end }}");
        Notes = template.Render(Repository.Read(Folder + "templates/NOTES.txt"), context);
        foreach (var file in Repository.Files(Folder + "templates", ".yaml"))
            Objects.AddRange(Yaml.Read(template.Render(Repository.Read(file), context)));
    }

    public JsonObject Values { get; }

    public string Notes { get; }

    public List<JsonNode> Objects { get; } = [];

    public IEnumerable<JsonNode> OfKind(string kind) => Objects.Where(o => (string)o["kind"]! == kind);

    public IEnumerable<JsonNode> Workloads => OfKind("StatefulSet").Concat(OfKind("Deployment"));

    /// <summary>Values of a pod's environment as far as they stand in the object.</summary>
    public IEnumerable<string> SettingNames => Workloads
        .SelectMany(static w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray().Select(static e => (string)e!["name"]!))
        .Concat(OfKind("ConfigMap").SelectMany(static map => map["data"]!.AsObject().Select(static entry => entry.Key)));

    private static object? Plain(JsonNode? node) => node switch
    {
        null => null,
        JsonObject map => map.ToDictionary(static e => e.Key, static e => Plain(e.Value)),
        JsonArray list => list.Select(Plain).ToList(),
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<decimal>(out var number) => decimal.IsInteger(number) ? (object)(long)number : number,
        _ => (string)node!,
    };
}
