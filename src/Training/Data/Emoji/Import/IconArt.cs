namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>A drawing as SVG.</summary>
/// <param name="ViewBox">Of its root element.</param>
/// <param name="Namespaces">The root's declarations of prefixes, which the body may use.</param>
/// <param name="Body">What is inside the root element.</param>
internal sealed record IconArt(string ViewBox, string Namespaces, string Body);
