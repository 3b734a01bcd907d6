namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A manual that training data is made from.</summary>
/// <param name="Name">As documents and questions name it.</param>
/// <param name="Package">Debian's package: the folder below the sources.</param>
/// <param name="Root">Where the pages are below the package's folder.</param>
/// <param name="Passed">Relative paths that begin so are no prose: source code, licences, lists of changes.</param>
internal sealed record Manual(string Name, string Package, string Root, ManualKind Kind, string Licence, IReadOnlyList<string> Passed)
{
    private static readonly string[] Sphinx = ["_modules/", "_sources/", "_static/", "_downloads/", "genindex", "search.", "py-modindex", "whats_new", "whatsnew", "changelog", "testimonials", "gitwash", "conduct"];

    public static IReadOnlyList<Manual> All { get; } =
    [
        new("gimp", "gimp-help-en", "usr/share/gimp/2.0/help/en", ManualKind.Guide, "GFDL-1.2-or-later", ["gfdl", "legal", "bibliography", "index.", "eps/"]),
        new("sklearn", "python-sklearn-doc", "usr/share/doc/python-sklearn-doc/html", ManualKind.Library, "BSD-3-Clause", Sphinx),
        new("skimage", "python-skimage-doc", "usr/share/doc/python-skimage-doc/html", ManualKind.Library, "BSD-3-Clause", Sphinx),
        new("astropy", "python-astropy-doc", "usr/share/doc/python-astropy-doc/html", ManualKind.Library, "BSD-3-Clause", Sphinx),
        new("handbook", "debian-handbook", "usr/share/doc/debian-handbook/html/en-US", ManualKind.Book, "GPL-2.0-or-later OR CC-BY-SA-3.0-or-later", ["index.", "Common_Content/"]),
    ];

    public static Manual Named(string name) => All.First(manual => manual.Name == name);
}
