namespace UnifiedVlm.Server.Hosting;

/// <summary>How a node meets its HTTP clients.</summary>
/// <param name="Url">Addresses to listen on, separated by semicolons.</param>
/// <param name="IsLocal">Nobody but this machine's users reaches them.</param>
/// <param name="ServesThisMachine">It is local and nobody said that everybody may come in, so that a request to another machine's name is a mistake or an attack.</param>
/// <param name="CorsOrigins">Pages of these origins may call; empty: of none but the node's own.</param>
/// <param name="Certificate">Null: no TLS.</param>
/// <param name="MaxBodyBytes">Of any request.</param>
/// <param name="MaxConnections">Beyond them a new one is closed at once.</param>
internal sealed record HttpOptions(
    string Url, bool IsLocal, AuthMode Auth, bool ServesThisMachine, IReadOnlyList<string> CorsOrigins, CertificateFiles? Certificate, long MaxBodyBytes, int MaxConnections)
{
    public IReadOnlyList<string> Addresses => Url.Split(';');
}
