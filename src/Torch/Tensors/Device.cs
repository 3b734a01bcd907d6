using System.Globalization;

namespace UnifiedVlm.Torch;

/// <summary>Where a tensor lives: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
/// <param name="type">The kind.</param>
/// <param name="index">Which one; -1 for the current one.</param>
public sealed record Device(DeviceType type, int index = -1)
{
    /// <exception cref="ArgumentException">Not cpu, cuda or cuda:N.</exception>
    public static Device Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var number = -1;
        if (colon >= 0 && !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            throw Unknown(text);
        return name switch
        {
            "cpu" when number <= 0 => torch.CPU,
            "cuda" => new Device(DeviceType.CUDA, number),
            _ => throw Unknown(text),
        };
    }

    public static implicit operator Device(string text) => Parse(text);

    public override string ToString() => (type == DeviceType.CPU ? "cpu" : "cuda") + (index < 0 ? "" : ":" + index.ToString(CultureInfo.InvariantCulture));

    private static ArgumentException Unknown(string text) => new($"'{text}' is not a device; use cpu, cuda or cuda:N.", nameof(text));
}
