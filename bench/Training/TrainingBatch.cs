using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Bench.Training;

/// <summary>Captioned pictures, packed: a picture's tokens, then the words. Every word but the last predicts the next one.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Lengths">Tokens of each sequence.</param>
/// <param name="Ids">[N].</param>
/// <param name="Places">Rows that pictures fill.</param>
/// <param name="Pixels">[B,3,S,S].</param>
/// <param name="Rows">[M]: rows with a target.</param>
/// <param name="Targets">[M].</param>
internal sealed record TrainingBatch(string Name, int[] Lengths, int[] Ids, long[] Places, float[] Pixels, long[] Rows, long[] Targets)
{
    public const int Placeholder = 8128;

    private const int Words = 8000;

    public int Tokens => Ids.Length;

    /// <param name="shortest">Words of the shortest caption.</param>
    /// <param name="longest">Words of the longest; the same for an even batch.</param>
    public static TrainingBatch Create(string name, ModelConfig config, int sequences, int shortest, int longest)
    {
        var random = new Random(1);
        var lengths = new int[sequences];
        var (ids, places, rows, targets) = (new List<int>(), new List<long>(), new List<long>(), new List<long>());
        for (var s = 0; s < sequences; s++)
        {
            var words = Enumerable.Range(0, random.Next(shortest, longest + 1)).Select(_ => random.Next(Words)).ToList();
            for (var i = 0; i < config.ImageTokens; i++)
            {
                places.Add(ids.Count);
                ids.Add(Placeholder);
            }

            for (var i = 0; i + 1 < words.Count; i++)
            {
                rows.Add(ids.Count + i);
                targets.Add(words[i + 1]);
            }

            ids.AddRange(words);
            lengths[s] = config.ImageTokens + words.Count;
        }

        var pixels = new float[sequences * 3 * config.VitImageSize * config.VitImageSize];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (2 * random.NextSingle()) - 1;
        return new TrainingBatch(name, lengths, [.. ids], [.. places], pixels, [.. rows], [.. targets]);
    }

    public void Save(string path, ModelConfig config)
    {
        var side = config.VitImageSize;
        SafetensorsWriter.Write(path,
        [
            Whole("ids", Array.ConvertAll(Ids, static id => (long)id)),
            Whole("lengths", Array.ConvertAll(Lengths, static l => (long)l)),
            Whole("places", Places),
            Whole("rows", Rows),
            Whole("targets", Targets),
            SafetensorsTensor.Of("pixels", [Lengths.Length, 3, side, side], Pixels),
        ]);
    }

    private static SafetensorsTensor Whole(string name, long[] values) => SafetensorsTensor.Of(name, [values.Length], values);
}
