using System.Runtime.InteropServices;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>
/// Embeddings of N documents with P embedded parts in one file: <c>parts</c> [P,D], <c>part_offsets</c> [N+1], <c>spans</c> [P,3] (part, start,
/// length), <c>documents</c> [N,D], <c>ids</c> UTF-8 bytes, <c>id_offsets</c> [N+1]. Rows wait in files beside the target; it appears as a whole at the end.
/// </summary>
internal sealed class SafetensorsSink : ILineSink<SequenceEmbedding>, IDisposable
{
    private readonly string path;
    private readonly int dimension;
    private readonly string fingerprint;
    private readonly Action<LineFailure> report;
    private readonly Spool parts;
    private readonly Spool spans;
    private readonly Spool documents;
    private readonly Spool ids;
    private readonly List<long> partOffsets = [0];
    private readonly List<long> idOffsets = [0];

    /// <param name="dimension">D.</param>
    /// <param name="fingerprint">Of the model; written into the file's metadata.</param>
    /// <param name="report">Told of lines that could not be used: they are left out.</param>
    public SafetensorsSink(string path, int dimension, string fingerprint, Action<LineFailure> report)
    {
        this.path = Path.GetFullPath(path);
        this.dimension = dimension;
        this.fingerprint = fingerprint;
        this.report = report;
        (parts, spans, documents, ids) = (new Spool(this.path), new Spool(this.path), new Spool(this.path), new Spool(this.path));
    }

    public void Write(string id, SequenceEmbedding result)
    {
        parts.Write(MemoryMarshal.AsBytes(result.PartVectors.Span));
        documents.Write(MemoryMarshal.AsBytes(result.DocumentVector.Span));
        foreach (var part in result.Parts)
            spans.Write(MemoryMarshal.AsBytes<long>([part.SourcePart, part.Start, part.Length]));
        partOffsets.Add(partOffsets[^1] + result.Parts.Count);
        ids.Write(Encoding.UTF8.GetBytes(id));
        idOffsets.Add(ids.Length);
    }

    public void Fail(LineFailure failure) => report(failure);

    public void Flush()
    {
        // The file appears as a whole.
    }

    public void Complete()
    {
        var count = partOffsets.Count - 1;
        SafetensorsWriter.Write(
            path,
            [
                new SafetensorsTensor("parts", TensorType.F32, [partOffsets[^1], dimension], parts.CopyTo),
                new SafetensorsTensor("documents", TensorType.F32, [count, dimension], documents.CopyTo),
                SafetensorsTensor.Of("part_offsets", [count + 1], partOffsets.ToArray()),
                new SafetensorsTensor("spans", TensorType.I64, [partOffsets[^1], 3], spans.CopyTo),
                SafetensorsTensor.Of("id_offsets", [count + 1], idOffsets.ToArray()),
                new SafetensorsTensor("ids", TensorType.U8, [ids.Length], ids.CopyTo),
            ],
            new Dictionary<string, string> { ["format"] = "uvlm.embeddings.1", ["fingerprint"] = fingerprint });
    }

    public void Dispose()
    {
        parts.Dispose();
        spans.Dispose();
        documents.Dispose();
        ids.Dispose();
    }

    /// <summary>Bytes that wait on disk until their number is known.</summary>
    private sealed class Spool : IDisposable
    {
        private readonly FileStream file;

        public Spool(string target)
        {
            var path = $"{target}.{Guid.NewGuid():N}.tmp";
            file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);

            // Its bytes stay as long as it is open, and a kill leaves no name behind.
            File.Delete(path);
        }

        public long Length => file.Length;

        public void Write(ReadOnlySpan<byte> bytes) => file.Write(bytes);

        public void CopyTo(Stream stream)
        {
            file.Position = 0;
            file.CopyTo(stream);
        }

        public void Dispose() => file.Dispose();
    }
}
