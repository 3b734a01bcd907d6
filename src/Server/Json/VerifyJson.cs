using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedVlm.Storage.Care.Verification;

namespace UnifiedVlm.Server.Json;

/// <summary>Source-generated JSON of <c>uvlm verify --json</c>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReportedFinding))]
[JsonSerializable(typeof(VerifySummary))]
internal sealed partial class VerifyJson : JsonSerializerContext;

/// <param name="Done">What was done about it; left out where nothing was.</param>
/// <param name="Todo">What the operator has to do; left out where nothing is left.</param>
internal sealed record ReportedFinding(string Kind, string? Tenant, string? Id, string Problem, string? Done, string? Todo);
