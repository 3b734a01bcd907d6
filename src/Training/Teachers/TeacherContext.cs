using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Training.Teachers;

/// <summary>What a teacher may need of the run it serves.</summary>
/// <param name="KnowledgeDimension">K of the data's knowledge vectors; 0 without any.</param>
/// <param name="Device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Encoding">Threads and sizes of a model teacher's passes; null for the defaults.</param>
public sealed record TeacherContext(int KnowledgeDimension, string Device = "cpu", EncoderOptions? Encoding = null);
