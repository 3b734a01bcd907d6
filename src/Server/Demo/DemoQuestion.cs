using System.Text.Json.Nodes;

namespace UnifiedVlm.Server.Demo;

/// <param name="Body">As POST /v1/answer takes it.</param>
internal sealed record DemoQuestion(string Heading, JsonObject Body, bool IsFirst = false);
