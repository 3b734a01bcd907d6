using System.Text.Json.Serialization;

namespace UnifiedVlm.Model.Configuration;

/// <summary>How a picture becomes square.</summary>
public enum PictureResize
{
    /// <summary>Stretched to the square: every pixel of the model's eye is used, the aspect ratio is lost. As SigLIP was trained.</summary>
    [JsonStringEnumMemberName("squash")]
    Squash,

    /// <summary>Fitted into the square, the rest filled with the mean.</summary>
    [JsonStringEnumMemberName("letterbox")]
    Letterbox,
}
