using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>The commands that show one part of the program by itself, against reference values made by others.</summary>
public sealed class InspectionTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data");

    [Fact]
    public async Task Align_gives_the_values_of_the_enumeration_of_all_paths()
    {
        var pairs = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Data, "alignment", "alignment.json")))!.AsArray();
        Assert.Equal(19, pairs.Count);
        var input = string.Concat(pairs.Select(static pair =>
            new JsonObject { ["x"] = pair!["x"]!.DeepClone(), ["y"] = pair["y"]!.DeepClone(), ["sigma"] = (double)pair["sigma"]! }.ToJsonString() + "\n"));

        var run = await Uvlm.RunAsync(["align"], Encoding.UTF8.GetBytes(input));

        run.AssertSucceeded();
        var results = run.Output.Split('\n').Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(pairs.Count, results.Length);
        foreach (var (pair, result) in pairs.Zip(results))
        {
            foreach (var name in (string[])["logK", "normalised", "dtw"])
                AssertClose(name, (double)pair![name]!, (double)result[name]!);
        }
    }

    [Fact]
    public async Task A_line_that_can_not_be_aligned_is_answered_in_its_place()
    {
        var run = await Uvlm.RunAsync(["align"], "{\"x\":[[1]],\"y\":[[1]]}\n{\"x\":[[1,2]],\"y\":[[1]]}\nnonsense\n{\"x\":[[1]],\"y\":[[1]]}\n{\"x\":[[1e20,0]],\"y\":[[1,0]]}\n{\"x\":[[1,0]],\"y\":[[0,1],[0,2e6]]}\n"u8.ToArray());
        Assert.Equal(2, run.ExitCode);
        var lines = run.Output.Split('\n').Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(6, lines.Length);
        Assert.Equal(lines[0].ToJsonString(), lines[3].ToJsonString());
        Assert.StartsWith("y: ", (string?)lines[1]["error"], StringComparison.Ordinal);
        Assert.NotNull((string?)lines[2]["error"]);
        Assert.StartsWith("x: ", (string?)lines[4]["error"], StringComparison.Ordinal);
        Assert.StartsWith("y: ", (string?)lines[5]["error"], StringComparison.Ordinal);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task A_line_with_a_broken_name_or_rows_of_other_lengths_is_answered_in_its_place()
    {
        // As many rows as the first has numbers, whose product is 2^32.
        var uneven = $"{{\"x\":[[{string.Join(',', Enumerable.Repeat(1, 65536))}]{string.Concat(Enumerable.Repeat(",[]", 65535))}],\"y\":[[1]]}}";
        var run = await Uvlm.RunAsync(["align"], Encoding.UTF8.GetBytes($"{{\"\\ud800\":1,\"x\":[[1]],\"y\":[[1]]}}\n{uneven}\n{{\"x\":[[1]],\"y\":[[1]]}}\n"));
        Assert.Equal(2, run.ExitCode);
        var lines = run.Output.Split('\n').Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(3, lines.Length);
        Assert.Contains("UTF-16", (string?)lines[0]["error"], StringComparison.Ordinal);
        Assert.StartsWith("x[1]: ", (string?)lines[1]["error"], StringComparison.Ordinal);
        Assert.NotNull(lines[2]["logK"]);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task What_may_be_meant_as_the_width_is_not_passed_over()
    {
        string[] pairs = ["", ",\"sigma\":null", ",\"sigma\":0.5", ",\"id\":\"a\"", ",\"Sigma\":2", ",\"bandwidth\":2", ",\"sigma\":2,\"logK\":0"];
        var run = await Uvlm.RunAsync(["align"], Encoding.UTF8.GetBytes(string.Concat(pairs.Select(static more => $"{{\"x\":[[1]],\"y\":[[0]]{more}}}\n"))));
        Assert.Equal(2, run.ExitCode);
        var lines = run.Output.Split('\n').Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(pairs.Length, lines.Length);
        Assert.All(lines[1..4], line => Assert.Equal((double)lines[0]["logK"]!, (double)line["logK"]!));
        Assert.StartsWith("Sigma: ", (string?)lines[4]["error"], StringComparison.Ordinal);
        Assert.StartsWith("bandwidth: ", (string?)lines[5]["error"], StringComparison.Ordinal);
        Assert.NotEqual((double)lines[0]["logK"]!, (double)lines[6]["logK"]!);
    }

    [Fact]
    public async Task Who_waits_for_a_result_before_sending_the_next_line_gets_it()
    {
        await using var program = Uvlm.Start(["align"], "{\"x\":[[1]],\"y\":[[0]]}\n"u8.ToArray(), keepInputOpen: true);
        Assert.Contains("\"dtw\"", await program.WaitForLineAsync("{\"logK\""), StringComparison.Ordinal);
        program.CloseInput();
        await program.WaitForExitAsync();
        Assert.Equal(0, program.ExitCode);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped_and_a_line_that_is_no_UTF_8_is_answered_in_its_place()
    {
        var tokenizer = Path.Combine(Uvlm.RepositoryRoot, "models", "uvlm-tiny", "tokenizer.json");
        var run = await Uvlm.RunAsync(["model", "tokenize", tokenizer], (byte[])[0xEF, 0xBB, 0xBF, .. "\"ab\"\n\"a"u8, 0xFF, .. "b\"\n\"ab\"\n"u8]);
        Assert.Equal(2, run.ExitCode);
        var lines = run.Output.Split('\n').Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(3, lines.Length);
        Assert.NotEmpty(lines[0].AsArray());
        Assert.Equal("the line is no valid UTF-8", (string?)lines[1]["error"]);
        Assert.Equal(lines[0].ToJsonString(), lines[2].ToJsonString());
    }

    [Fact]
    public async Task Tokenize_gives_the_ids_of_the_reference()
    {
        using var golden = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Data, "tokenizers", "qwen3.json")));
        var tokenizer = Path.Combine(Uvlm.RepositoryRoot, "build", "tokenizers", "qwen3", "tokenizer.json");
        Assert.True(File.Exists(tokenizer), $"{tokenizer} is missing; deploy/install.sh --for-tests fetches it.");
        var cases = golden.RootElement.EnumerateArray().ToList();
        Assert.True(cases.Count > 20, $"only {cases.Count} cases");
        var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var input = string.Concat(cases.Select(c => JsonSerializer.Serialize(c.GetProperty("text").GetString(), options) + "\n"));

        var run = await Uvlm.RunAsync(["model", "tokenize", tokenizer], Encoding.UTF8.GetBytes(input));

        run.AssertSucceeded();
        Assert.Equal(cases.Select(static c => JsonNode.Parse(c.GetProperty("ids").GetRawText())!.ToJsonString()), run.Output.Split('\n'));
    }

    [Fact]
    public async Task Every_stage_of_a_checkpoint_and_its_greedy_tokens_are_those_of_the_reference()
    {
        var folder = Directory.CreateTempSubdirectory("uvlm-e2e-");
        try
        {
            var inputs = Path.Combine(folder.FullName, "inputs.safetensors");
            var outputs = Path.Combine(folder.FullName, "outputs.safetensors");
            var model = Path.Combine(Data, "nanovlm-tiny");
            using var golden = SafetensorsFile.Open(Path.Combine(model, "golden.safetensors"));
            SafetensorsWriter.Write(inputs,
            [
                SafetensorsTensor.Of("input_ids", golden.Entry("input_ids").Shape, Values<long>(golden, "input_ids")),
                SafetensorsTensor.Of("pixel_values", golden.Entry("pixel_values").Shape, Values<float>(golden, "pixel_values")),
            ]);

            var run = await Uvlm.RunAsync(["model", "run", model, "--inputs", inputs, "--outputs", outputs, "--greedy", "16"]);

            run.AssertSucceeded();
            using var written = SafetensorsFile.Open(outputs);
            foreach (var name in (string[])["vit", "projected", "input_embeddings", "hidden", "logits"])
            {
                Assert.Equal(golden.Entry(name).Shape, written.Entry(name).Shape);
                var expected = Values<float>(golden, name);
                // Relative to the stage's own scale: single values near zero have no meaningful relative error.
                var scale = expected.Max(MathF.Abs);
                var worst = expected.Zip(Values<float>(written, name), static (e, v) => MathF.Abs(e - v)).Max();
                Assert.True(worst <= 1e-4 * scale, $"{name}: off by {worst} at a scale of {scale}");
            }

            Assert.Equal(Values<long>(golden, "greedy"), Values<long>(written, "greedy"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Placeholders_that_do_not_fit_the_pictures_are_named()
    {
        var folder = Directory.CreateTempSubdirectory("uvlm-e2e-");
        try
        {
            var inputs = Path.Combine(folder.FullName, "inputs.safetensors");
            var model = Path.Combine(Data, "nanovlm-tiny");
            using (var golden = SafetensorsFile.Open(Path.Combine(model, "golden.safetensors")))
            {
                SafetensorsWriter.Write(inputs,
                [
                    SafetensorsTensor.Of("input_ids", [1, 2], (long[])[0, 1]),
                    SafetensorsTensor.Of("pixel_values", golden.Entry("pixel_values").Shape, Values<float>(golden, "pixel_values")),
                ]);
            }

            var run = await Uvlm.RunAsync(["model", "run", model, "--inputs", inputs, "--outputs", Path.Combine(folder.FullName, "o.safetensors"), "--image-token", "0"]);

            run.AssertFailedWithOneLine(2, "input_ids", "the placeholder 0 1 times", "--image-token");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static T[] Values<T>(SafetensorsFile file, string name)
        where T : unmanaged
        => MemoryMarshal.Cast<byte, T>(file.Bytes(name)).ToArray();

    private static void AssertClose(string what, double expected, double actual)
        => Assert.True(Math.Abs(expected - actual) <= 1e-5 * Math.Max(1, Math.Abs(expected)), $"{what}: {actual}, not {expected}");
}
