using System.Text.Json.Serialization;

namespace UnifiedVlm.Model.Configuration;

/// <summary>Which state stands for a picture among the parts of a document.</summary>
public enum PictureState
{
    /// <summary>The mean over its image tokens (Sugar, arXiv 2411.00304).</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>That of its last image token, as for a text.</summary>
    [JsonStringEnumMemberName("last")]
    Last,
}
