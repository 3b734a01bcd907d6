using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Adapters;

namespace UnifiedVlm.Training.Recipes;

/// <summary>The layers of an adapter as PEFT's <c>target_modules</c> names them: one regular expression, or a list of names.</summary>
internal sealed class LoraTargetsConverter : JsonConverter<LoraTargets>
{
    public override LoraTargets Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            if (reader.TokenType == JsonTokenType.String)
                return LoraTargets.Matching(reader.GetString()!);
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                var names = new List<string>();
                while (reader.Read() && reader.TokenType == JsonTokenType.String)
                    names.Add(reader.GetString()!);
                if (reader.TokenType == JsonTokenType.EndArray)
                    return LoraTargets.Named(names);
            }
        }
        catch (ArgumentException e)
        {
            throw new JsonException(e.Message, e);
        }

        throw new JsonException("must be a list of layer names or one regular expression");
    }

    public override void Write(Utf8JsonWriter writer, LoraTargets value, JsonSerializerOptions options)
    {
        if (value.Pattern is { } pattern)
            writer.WriteStringValue(pattern);
        else
            JsonSerializer.Serialize(writer, value.Names, options);
    }
}
