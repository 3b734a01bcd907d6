using System.Globalization;
using System.Reflection;

namespace UnifiedVlm.Storage.Schema;

/// <summary>One numbered change of the schema: an embedded file <c>NNNN_name.sql</c>. Published steps are never edited.</summary>
internal sealed record MigrationStep(int Number, string Name, string Sql)
{
    private const string Marker = ".Migrations.";

    /// <summary>All steps of this program, in order, numbered from 1 without a gap.</summary>
    public static IReadOnlyList<MigrationStep> All { get; } = Load();

    private static MigrationStep[] Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var steps = assembly.GetManifestResourceNames()
            .Where(n => n.Contains(Marker, StringComparison.Ordinal) && n.EndsWith(".sql", StringComparison.Ordinal))
            .Select(n => Read(assembly, n))
            .OrderBy(s => s.Number)
            .ToArray();
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Number != i + 1)
                throw new InvalidOperationException($"Migration steps are not numbered without a gap: {steps[i].Name} stands at place {i + 1}.");
        }
        return steps;
    }

    private static MigrationStep Read(Assembly assembly, string resource)
    {
        var file = resource[(resource.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..^".sql".Length];
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new MigrationStep(int.Parse(file.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd());
    }
}
