using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

/// <summary>The parts that a run asks for, and a run with vectors for just these.</summary>
public sealed class PartExportTests : IDisposable
{
    private const int Width = 5;

    private static readonly ToyData Data = new(validationShade: 20);

    private readonly TrainingRun run = new();
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-parts-").FullName;

    public void Dispose()
    {
        run.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Each_part_is_written_once_under_the_key_of_what_is_written()
    {
        var lines = Export(Recipe());

        // Eight colours, and in the validation the first four of them, a little lighter: two rows of three.
        Assert.Equal(8 + 4, lines.Count);
        Assert.Equal(lines.Count, lines.Select(Key).Distinct().Count());
        Assert.All(lines, line =>
        {
            var picture = ImageDecoder.DecodeRgb(File.ReadAllBytes(Path.Combine(folder, "parts", (string)line["picture"]!)), ImageLimits.Default);
            Assert.Equal(Key(line), PartHash.Of(new PictureContent(new Picture(picture.Width, picture.Pixels))).ToString());
        });
    }

    [Fact]
    public void A_run_with_vectors_for_what_was_written_ends_validations_included()
    {
        var recipe = Recipe();
        WriteVectors(Export(recipe));
        var observer = run.Train(recipe, data: Data);
        Assert.Equal(4, observer.Steps.Count);
        Assert.Equal([2, 4], observer.Evaluations.Select(static evaluation => evaluation.Step));
    }

    [Fact]
    public void A_run_that_meets_a_part_without_a_vector_goes_on_when_it_has_one()
    {
        var recipe = Recipe();
        var lines = Export(recipe);

        // The last colour that training asks for: only the second step does.
        var missing = lines[7];
        WriteVectors([.. lines.Where(line => line != missing)]);
        var error = Assert.Throws<TeacherException>(() => run.Train(recipe, data: Data));
        Assert.Contains(Key(missing), error.Problem, StringComparison.Ordinal);
        Assert.Contains("uvlm data parts", error.Fix, StringComparison.Ordinal);
        Assert.Equal("step-00000001", Path.GetFileName(new CheckpointStore(run.Output).Current));

        WriteVectors(lines);
        Assert.Equal([2, 3, 4], run.Train(recipe, resume: true, data: Data).Steps.Select(static step => step.Step));
    }

    [Fact]
    public void A_run_that_meets_a_vector_that_is_not_finite_goes_on_when_it_is_mended()
    {
        var recipe = Recipe();
        var lines = Export(recipe);

        // Only the second step asks for it.
        WriteVectors(lines, notFinite: 7);
        Assert.Contains("row 7", Assert.Throws<TeacherException>(() => run.Train(recipe, data: Data)).Problem, StringComparison.Ordinal);
        Assert.Equal("step-00000001", Path.GetFileName(new CheckpointStore(run.Output).Current));

        WriteVectors(lines);
        Assert.Equal([2, 3, 4], run.Train(recipe, resume: true, data: Data).Steps.Select(static step => step.Step));
    }

    [Fact]
    public void A_validation_that_a_vector_was_missing_for_is_made_up_for()
    {
        var recipe = Recipe();
        var lines = Export(recipe);

        // Those of the validation come last. The last validation is after the last step.
        WriteVectors([.. lines.SkipLast(4)]);
        Assert.Throws<TeacherException>(() => run.Train(recipe, data: Data));
        Assert.Equal("step-00000002", Path.GetFileName(new CheckpointStore(run.Output).Current));
        Assert.Throws<TeacherException>(() => run.Train(recipe, resume: true, data: Data));

        WriteVectors(lines);
        Assert.Equal([2, 4], run.Train(recipe, resume: true, data: Data).Evaluations.Select(static evaluation => evaluation.Step));
    }

    [Fact]
    public void A_validation_after_the_last_step_is_made_up_for_once()
    {
        var recipe = Recipe("evaluation.every=100");
        var lines = Export(recipe);
        WriteVectors([.. lines.SkipLast(4)]);
        Assert.Throws<TeacherException>(() => run.Train(recipe, data: Data));
        Assert.Equal("step-00000004", Path.GetFileName(new CheckpointStore(run.Output).Current));

        WriteVectors(lines);
        Assert.Equal([4], Validations());
        Assert.Empty(Validations());

        // As a kill leaves it that comes before the checkpoint has word of the validation.
        var path = Path.Combine(new CheckpointStore(run.Output).Current!, "state.json");
        var state = JsonNode.Parse(File.ReadAllText(path))!;
        state["is_validation_due"] = true;
        File.WriteAllText(path, state.ToJsonString());
        Assert.Equal([4], Validations());
        Assert.Single(new MetricsLog(run.Output, int.MaxValue).Read(), static line => line["validation"] is not null);

        IEnumerable<int> Validations() => run.Train(recipe, resume: true, data: Data).Evaluations.Select(static evaluation => evaluation.Step);
    }

    [Fact]
    public void An_export_leaves_alone_what_is_beside_its_folder()
    {
        string[] kept = [Path.Combine(folder, "parts.next", "keep"), Path.Combine(folder, "parts.previous", "keep")];
        foreach (var file in kept)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "");
        }

        Export(Recipe());
        Assert.All(kept, static file => Assert.True(File.Exists(file)));
    }

    [Fact]
    public void An_export_that_is_stopped_leaves_nothing()
    {
        // More sequences than are drawn at a time.
        var recipe = Recipe("steps=40");
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => PartExport.Write(recipe, Data, Path.Combine(folder, "parts"), (_, _) => stop.Cancel(), stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void A_recipe_that_asks_no_teacher_and_a_folder_that_is_there_are_refused()
    {
        Assert.Equal("losses.sequences", Refused(TrainingRun.Recipe("""{ "documents": {} }""")).Field);
        var unfinished = Directory.CreateDirectory(Path.Combine(folder, "parts.part")).FullName;
        Assert.Equal(unfinished, Refused(Recipe()).Path);
        Assert.True(Directory.Exists(unfinished));
        Directory.CreateDirectory(Path.Combine(folder, "parts"));
        Assert.Equal("--out", Refused(Recipe()).Field);

        ConfigException Refused(Recipe recipe) => Assert.Throws<ConfigException>(() => Export(recipe));
    }

    private Recipe Recipe(params string[] overrides) => TrainingRun.Recipe(
        $$"""{ "sequences": { "batch": 4, "teachers": ["vectors={{folder}}/vectors.safetensors"] } }""",
        ["steps=4", "checkpoint_every=100", "evaluation.every=2", "evaluation.samples=4", .. overrides]);

    private List<JsonNode> Export(Recipe recipe)
    {
        var output = Path.Combine(folder, "parts");
        var (texts, pictures) = PartExport.Write(recipe, Data, output + Path.DirectorySeparatorChar, null, CancellationToken.None);
        List<JsonNode> lines = [.. File.ReadLines(Path.Combine(output, PartExport.FileName)).Select(static line => JsonNode.Parse(line)!)];
        Assert.Equal((0, lines.Count), (texts, pictures));
        return lines;
    }

    /// <param name="notFinite">A row with a value that is none.</param>
    private void WriteVectors(List<JsonNode> lines, int? notFinite = null)
    {
        var random = new Random(1);
        var keys = lines.SelectMany(static line => Convert.FromHexString(Key(line))).ToArray();
        var vectors = Enumerable.Range(0, lines.Count * Width).Select(_ => random.NextSingle() - 0.5f).ToArray();
        if (notFinite is { } row)
            vectors[row * Width] = float.NaN;
        SafetensorsWriter.Write(
            Path.Combine(folder, "vectors.safetensors"),
            [
                new SafetensorsTensor("keys", TensorType.U8, [lines.Count, PartHash.Size], stream => stream.Write(keys)),
                new SafetensorsTensor("vectors", TensorType.F32, [lines.Count, Width], stream => stream.Write(MemoryMarshal.AsBytes<float>(vectors))),
            ],
            new Dictionary<string, string> { ["format"] = PrecomputedTeacher.Format, ["space"] = "shared", ["name"] = "random" });
    }

    private static string Key(JsonNode line) => (string)line["key"]!;
}
