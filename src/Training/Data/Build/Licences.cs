using System.Text;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Training.Data.Build;

/// <summary><c>LICENCES.md</c> beside the data: where the pictures and words come from and what their licences ask for.</summary>
internal static class Licences
{
    public const string FileName = "LICENCES.md";

    private const string Text = """
        # Licences of this data

        Sprites, scenes and evaluation pictures are made of these emoji, shrunk and combined. What is made of several of them is under all
        of their licences; pictures that contain OpenMoji's are shared alike.

        | what | by | package | licence |
        |---|---|---|---|
        | sprites of the style `openmoji` | OpenMoji, the open-source emoji and icon project, https://openmoji.org | openmoji 17.0.0 (npm) | CC BY-SA 4.0 |
        | sprites of the style `noto` | Google Inc., https://github.com/googlefonts/noto-emoji | @iconify-json/noto 1.2.9 (npm) | Apache-2.0 |
        | sprites of the style `twemoji` | Twitter, Inc. and other contributors, https://github.com/jdecked/twemoji | @iconify-json/twemoji 1.2.5 (npm) | CC BY 4.0 |
        | names and tags of emoji | Miles Johnson, https://emojibase.dev | emojibase-data 17.0.0 (npm) | MIT |
        | further tags and groups | OpenMoji | openmoji 17.0.0 (npm) | CC BY-SA 4.0 |

        Changes: SVG was rasterised, margins were cut, pictures were resized and laid over plain backgrounds. Captions, questions and
        stories are this project's own.

        """;

    private const string OfManuals =
        $"below `{ManualFiles.Folder}/`, `{ManualFiles.Validation}/`, `{EvaluationBuilder.Folder}/{ManualEvaluation.Questions}/` and `{EvaluationBuilder.Folder}/{ManualEvaluation.Figures}/`";

    public static void Write(string folder, bool withManuals)
    {
        var text = withManuals ? $"{Text}\n## Manuals\n\n{ManualBuilder.Licences(OfManuals)}" : Text;
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }
}
