using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary><c>uvlm align</c>: the alignment kernels over sequences of vectors given as JSON.</summary>
internal static class AlignCommand
{
    private const float DefaultSigma = 0.5f;

    private static readonly string[] Fields = ["x", "y", "sigma", "id"];

    public static Command Create()
    {
        var command = new Command("align",
            $"Compare two sequences of vectors. A JSON object {{\"x\": [[..]..], \"y\": [[..]..], \"sigma\": s}} a line in ({DefaultSigma} unless given), {{\"logK\", \"normalised\", \"dtw\"}} a line out; see docs/evaluation.md.");
        command.SetAction((_, cancellationToken) => JsonLines.TransformStandardStreamsAsync(Align, cancellationToken));
        return command;
    }

    /// <exception cref="LineException">Names the field that can't be used.</exception>
    internal static JsonNode Align(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object)
            throw new LineException("the line is no JSON object; send {\"x\": [[..]..], \"y\": [[..]..], \"sigma\": s}");
        var x = ReadSequence(line, "x", out var dimension);
        var y = ReadSequence(line, "y", out var otherDimension);
        if (dimension != otherDimension)
            throw new LineException($"y: its vectors have {otherDimension} values, those of x have {dimension}; both must have the same");
        var sigma = ReadSigma(line);
        try
        {
            return Align(PackedSequences.Single(x, dimension), PackedSequences.Single(y, dimension), sigma);
        }
        catch (UnusableVectorException error)
        {
            // That its values are finite is known by now.
            throw new LineException($"{error.Side}: holds a vector longer than 1e6");
        }
    }

    private static JsonObject Align(PackedSequences left, PackedSequences right, float sigma)
    {
        Span<float> result = stackalloc float[1];
        AlignmentKernel.LogKernel(left, right, sigma, result);
        var logK = result[0];
        var normalised = Math.Exp(AlignmentKernel.ExactNormalizedLogKernel(left.Rows, right.Rows, left.Dimension, sigma));
        AlignmentKernel.Dtw(left, right, result);
        return new JsonObject { ["logK"] = logK, ["normalised"] = normalised, ["dtw"] = result[0] };
    }

    private static float ReadSigma(JsonElement line)
    {
        if (!TryGet(line, "sigma", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            RefuseOthers(line);
            return DefaultSigma;
        }

        if (value.ValueKind == JsonValueKind.Number && value.GetSingle() is >= AlignmentKernel.MinWidth and <= AlignmentKernel.MaxWidth and var sigma)
            return sigma;
        throw new LineException($"sigma: must be a number from {AlignmentKernel.MinWidth} to {AlignmentKernel.MaxWidth}");
    }

    /// <summary>
    /// Without sigma, another field may be meant as such, and the result would be of another width than its sender believes. Beside it others pass:
    /// files of reference values hold their results in the same line.
    /// </summary>
    private static void RefuseOthers(JsonElement line)
    {
        foreach (var field in line.EnumerateObject())
        {
            if (!Fields.Contains(NameOf(field)))
                throw new LineException($"{NameOf(field)}: is not a known field; the width is named sigma, {DefaultSigma} unless given");
        }
    }

    private static float[] ReadSequence(JsonElement line, string name, out int dimension)
    {
        if (!TryGet(line, name, out var rows) || rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() == 0)
            throw new LineException($"{name}: must be a non-empty array of vectors");
        if (rows[0].ValueKind != JsonValueKind.Array || (dimension = rows[0].GetArrayLength()) == 0)
            throw new LineException($"{name}[0]: must be a non-empty array of numbers");
        CheckLengths(rows, name, dimension);
        var values = new float[rows.GetArrayLength() * dimension];
        var row = 0;
        foreach (var vector in rows.EnumerateArray())
        {
            var column = 0;
            foreach (var number in vector.EnumerateArray())
            {
                if (number.ValueKind != JsonValueKind.Number || !float.IsFinite(number.GetSingle()))
                    throw new LineException($"{name}[{row}][{column}]: must be a number that float32 can hold");
                values[row * dimension + column++] = number.GetSingle();
            }

            row++;
        }

        return values;
    }

    /// <summary>All of them before room is taken for them: then no line is long enough for more values than an array holds.</summary>
    private static void CheckLengths(JsonElement rows, string name, int dimension)
    {
        var row = 0;
        foreach (var vector in rows.EnumerateArray())
        {
            if (vector.ValueKind != JsonValueKind.Array || vector.GetArrayLength() != dimension)
                throw new LineException($"{name}[{row}]: must be an array of {dimension} numbers like {name}[0]");
            row++;
        }
    }

    private static bool TryGet(JsonElement line, string name, out JsonElement value)
    {
        try
        {
            return line.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException error)
        {
            throw BrokenName(error);
        }
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException error)
        {
            throw BrokenName(error);
        }
    }

    private static LineException BrokenName(InvalidOperationException error) => new($"a name in the line is no valid UTF-16: {error.Message}");
}
