namespace UnifiedVlm.Model.Preparation;

/// <summary>What a window holds: it decides by which prompt its summary is asked for.</summary>
public enum InputModality
{
    Image,
    Text,
    Interleaved,
}
