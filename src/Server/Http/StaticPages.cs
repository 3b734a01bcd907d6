using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace UnifiedVlm.Server.Http;

/// <summary>The page, carried inside the program so that it has no files to lose.</summary>
internal sealed class StaticPages
{
    private const string Folder = "wwwroot/";
    private const string ModuleFolder = Folder + "page/";

    /// <summary>
    /// Only what this server sends is run or loaded, pictures that the page has fetched or made itself apart; and no text of a document can become markup, were a script
    /// of ours to try.
    /// </summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public void Map(IEndpointRouteBuilder routes)
    {
        MapFile(routes, "/", Folder + "index.html");
        MapFile(routes, "/docs", Folder + "api.html");
        MapFile(routes, "/docs.js", Folder + "api.js");
        foreach (var file in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(static name => name.StartsWith(ModuleFolder, StringComparison.Ordinal)))
            MapFile(routes, file[(Folder.Length - 1)..], file);
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, string file)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(file) ?? throw new InvalidOperationException($"The page {file} is not part of the program.");
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        var bytes = copy.ToArray();
        var contentType = TypeOf(file);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        routes.MapGet(path, (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            // Asked for again each time, which costs a 304: after an upgrade no old module may meet a new one.
            response.Headers.CacheControl = "no-cache";
            return Results.Bytes(bytes, contentType, entityTag: tag);
        }).ExcludeFromDescription();
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"No media type is known for {other} files."),
    };
}
