namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// The kinds of teachers by the words recipes use: <c>knowledge</c>, <c>model=FOLDER</c>, <c>vectors=FILE</c>, <c>picture-histograms</c>, <c>text-ngrams</c>. A further kind (a
/// CLIP, DINOv2 or BERT folder in Hugging Face's format) is an <see cref="ITeacher"/> and one line here.
/// </summary>
public static class TeacherCatalog
{
    private static readonly SortedDictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        [KnowledgeTeacher.Kind] = new(null, static (_, context) => new KnowledgeTeacher(context.KnowledgeDimension)),
        [ModelTeacher.Kind] = new("FOLDER", static (folder, context) => ModelTeacher.Open(folder, context.Device, context.Encoding)),
        [PrecomputedTeacher.Kind] = new("FILE", static (path, _) => PrecomputedTeacher.Open(path)),
        [PictureHistogramTeacher.Kind] = new(null, static (_, _) => new PictureHistogramTeacher()),
        [TextNgramTeacher.Kind] = new(null, static (_, _) => new TextNgramTeacher()),
    };

    /// <exception cref="TeacherException">No such kind, or its argument is missing or too much.</exception>
    public static ITeacher Open(string specification, TeacherContext context)
    {
        var equals = specification.IndexOf('=');
        var name = equals < 0 ? specification : specification[..equals];
        var argument = equals < 0 ? "" : specification[(equals + 1)..];
        if (!Kinds.TryGetValue(name, out var kind) || (kind.Argument is null ? equals >= 0 : argument.Length == 0))
        {
            var known = Kinds.Select(static pair => pair.Value.Argument is null ? pair.Key : $"{pair.Key}={pair.Value.Argument}");
            throw new TeacherException($"'{specification}'", "is no teacher", $"Use one of {string.Join(", ", known)}.");
        }

        return kind.Open(argument, context);
    }

    /// <param name="Argument">What stands after the equals sign; null for none.</param>
    private sealed record Kind(string? Argument, Func<string, TeacherContext, ITeacher> Open);
}
