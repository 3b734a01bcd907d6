namespace UnifiedVlm.Documents;

public enum PartKind : byte
{
    Text = 0,
    Image = 1,
}
