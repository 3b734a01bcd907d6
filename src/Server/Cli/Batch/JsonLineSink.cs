using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>A JSON object a line: what <paramref name="write"/> makes of the result, after the id.</summary>
internal sealed class JsonLineSink<TResult>(Stream output, Action<Utf8JsonWriter, TResult> write) : ILineSink<TResult>, IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> line = new(1 << 16);
    private readonly Utf8JsonWriter json = new(Stream.Null, Options);

    public void Write(string id, TResult result) => WriteLine(id, () => write(json, result));

    public void Fail(LineFailure failure) => WriteLine(failure.Id, () =>
    {
        json.WriteNumber("line", failure.Line);
        json.WriteString("error", failure.Error.Message);
    });

    public void Flush() => output.Flush();

    public void Complete() => output.Flush();

    public void Dispose() => json.Dispose();

    private void WriteLine(string? id, Action fields)
    {
        line.ResetWrittenCount();
        json.Reset(line);
        json.WriteStartObject();
        json.WriteString("id", id);
        fields();
        json.WriteEndObject();
        json.Flush();
        output.Write(line.WrittenSpan);
        output.WriteByte((byte)'\n');
    }
}
