using System.Globalization;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

/// <summary>Small packages with pages as DocBook and Sphinx make them, as deploy/manuals.sh unpacks them.</summary>
internal static class ManualSourcesFolder
{
    public const int Tools = 60;
    public const string Shared = "Normally, tool options are displayed in a window attached under the Toolbox of the program.";

    private const string Handbook = "debian-handbook/usr/share/doc/debian-handbook/html/en-US";
    private const string Gimp = "gimp-help-en/usr/share/gimp/2.0/help/en";

    private static readonly string[] Verbs = ["bends", "cuts", "folds", "paints", "tints", "warps"];
    private static readonly string[] Things = ["lines", "clouds", "squares", "leaves", "waves", "tiles", "rings", "stars", "grids", "edges"];

    public static void Write(TemporaryFolder folder)
    {
        for (var tool = 0; tool < Tools; tool++)
        {
            var name = Name(tool);
            folder.Write($"{Gimp}/tool-{tool}.html", Tool(tool, name));
            folder.Write($"{Gimp}/images/{tool}.png", Picture(tool));
        }

        foreach (var library in new[] { "sklearn", "skimage", "astropy" })
        {
            for (var model = 0; model < 20; model++)
                folder.Write($"python-{library}-doc/usr/share/doc/python-{library}-doc/html/api/{library}.{Letters(model)}.html", Model(library, $"Model{Letters(model)}"));
        }

        folder.Write($"{Handbook}/apt.html", """
            <html><head><title>6.2. Packages</title></head><body><h1>6.2. Packages</h1><p>A package is an archive of files. Text follows here.</p>
            <div class="figure"><p class="title">Figure 6.1. A list of packages</p><div class="mediaobject"><img src="images/packages.png" alt="A list of packages"></div></div>
            </body></html>
            """);
        folder.Write($"{Handbook}/images/packages.png", Picture(Tools));
        folder.Write("wordnet-base/usr/share/wordnet/data.noun", string.Concat(Enumerable.Range(0, 900).Select(static i => $"{i:D8} 03 n 01 word{Letters(i)} 0 000 | a made-up thing of the kind {Letters(i)}; \"an example\"  \n")));
        folder.Write("wordnet-base/usr/share/wordnet/data.verb", "00001740 29 v 01 breathe 0 000 | draw air into the lungs; \"one breathes\"  \n");
    }

    public static string Name(int tool) => $"Gadget{Letters(tool)}";

    private static string Letters(int number) => string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(static digit => (char)('A' + digit - '0')));

    private static string Tool(int tool, string name) => $"""
        <html lang="en"><head><meta name="generator" content="DocBook XSL Stylesheets"><title>3.1. {name}</title></head><body>
        <div class="titlepage"><h2 class="title">3.1. {name}</h2></div>
        <p>The {name} tool {Verbs[tool % Verbs.Length]} {Things[tool % Things.Length]} of the active layer number {tool}.</p>
        <p>{Shared}</p>
        <div class="figure"><p class="title">Figure 1.{tool}. The {name} tool at work</p><div class="mediaobject"><img src="images/{tool}.png" alt="The {name} tool at work"></div></div>
        <h3>3.1.1. Activating the Tool</h3>
        <ul><li>You can call the tool from the menu: Tools → {name},</li><li>or by using the keyboard shortcut Ctrl+{tool}.</li></ul>
        <h3>3.1.2. Options</h3>
        <dl><dt>Strength</dt><dd>How strongly {name} works upon the picture.</dd><dt>Radius {name}</dt><dd>The distance at which it stops to work on pixels.</dd>
        <dt>Softness</dt><dd>How soft the edges of stroke number {tool / 2} {(tool % 2 == 0 ? "are" : "ARE")}. Few use it with {name}.</dd></dl>
        </body></html>
        """;

    private static string Model(string library, string name) => $"""
        <html><head><title>{name}</title></head><body><div role="main"><h1>{library}.{name}</h1>
        <dl><dt>class {library}.{name}(alpha=1.0, tol=0.1)</dt><dd><p>Fits the data of {library} with {name}.</p>
        <dl><dt>Parameters:</dt><dd><dl><dt><strong>alpha</strong><span class="classifier">float, default=1.0</span></dt><dd><p>Weight of the penalty of {name} in {library}.</p></dd>
        <dt><strong>tol</strong><span class="classifier">float</span></dt><dd><p>When {name} of {library} stops.</p></dd></dl></dd></dl></dd></dl></div></body></html>
        """;

    /// <summary>Blocks of chance colours: no two are near.</summary>
    private static byte[] Picture(int seed)
    {
        var random = new Random(seed);
        var rgb = new byte[3 * 72 * 72];
        var cells = Enumerable.Range(0, 81).Select(_ => (byte)random.Next(256)).ToArray();
        for (var i = 0; i < 72 * 72; i++)
            rgb.AsSpan(3 * i, 3).Fill(cells[(i / 72 / 8 * 9) + (i % 72 / 8)]);
        return ImageEncoder.EncodePng(new RgbImage(72, 72, rgb));
    }
}
