namespace UnifiedVlm.Storage.Generations;

/// <summary>What a generation may lack when it becomes the live one.</summary>
[Flags]
public enum SwitchAllowance
{
    None = 0,

    /// <summary>Documents that its model could not encode.</summary>
    Failed = 1,

    /// <summary>Documents that nobody has encoded with its model yet. They are not found until somebody has.</summary>
    Pending = 2,
}
