using UnifiedVlm.Documents;
using UnifiedVlm.Model.Prompts;

namespace UnifiedVlm.Model.Generation;

/// <summary>One turn of a conversation.</summary>
/// <param name="Field">Its place in the request, for messages: the parts are named <c>FIELD.content[i]</c>.</param>
/// <param name="Role">Whose words they are; evidence has a layout of its own and is none of them.</param>
public sealed record ChatTurn(string Field, ChatRole Role, IReadOnlyList<DocumentPart> Parts);
