using FsCheck;
using FsCheck.Fluent;

namespace UnifiedVlm.Tests.Unit;

/// <summary>Valid files with some bytes inserted, removed, changed or cut off, for readers that have to refuse or read whatever comes.</summary>
internal static class Damage
{
    /// <param name="samples">What is damaged.</param>
    /// <param name="telling">Bytes that mean something to the reader, and are put in more often than others.</param>
    public static Gen<byte[]> To(IReadOnlyList<byte[]> samples, params int[] telling) =>
        from sample in Gen.Elements<byte[]>(samples)
        from edits in Gen.NonEmptyListOf(
            from at in Gen.Choose(0, 100_000)
            from kind in Gen.Choose(0, 3)
            from value in Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(telling))
            select (at, kind, (byte)value))
        select Apply(sample, edits);

    private static byte[] Apply(byte[] sample, IEnumerable<(int At, int Kind, byte Value)> edits)
    {
        var bytes = sample.ToList();
        foreach (var (at, kind, value) in edits)
        {
            var index = bytes.Count == 0 ? 0 : at % bytes.Count;
            if (kind == 0)
                bytes.Insert(index, value);
            else if (bytes.Count == 0)
                continue;
            else if (kind == 1)
                bytes.RemoveAt(index);
            else if (kind == 2)
                bytes[index] = value;
            else
                bytes.RemoveRange(index, bytes.Count - index);
        }

        return [.. bytes];
    }
}
