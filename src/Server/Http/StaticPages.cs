using System.Reflection;

namespace UnifiedVlm.Server.Http;

/// <summary>The status page, carried inside the program so that it has no files to lose.</summary>
internal sealed class StaticPages
{
    private const string Folder = "wwwroot/";

    public void Map(IEndpointRouteBuilder routes)
    {
        MapFile(routes, "/", "index.html", "text/html; charset=utf-8");
        MapFile(routes, "/page.css", "page.css", "text/css; charset=utf-8");
        MapFile(routes, "/page.js", "page.js", "text/javascript; charset=utf-8");
        MapFile(routes, "/docs", "api.html", "text/html; charset=utf-8");
        MapFile(routes, "/docs.js", "api.js", "text/javascript; charset=utf-8");
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, string file, string contentType)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + file)
            ?? throw new InvalidOperationException($"The page {file} is not part of the program.");
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        var bytes = copy.ToArray();
        routes.MapGet(path, () => Results.Bytes(bytes, contentType)).ExcludeFromDescription();
    }
}
