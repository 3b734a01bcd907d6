namespace UnifiedVlm.Model.Prompts;

/// <summary>Whose words follow.</summary>
public enum ChatRole
{
    System,
    Evidence,
    User,
    Assistant,
}
