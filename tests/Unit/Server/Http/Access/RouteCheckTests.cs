using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

public sealed class RouteCheckTests
{
    [Fact]
    public async Task A_route_that_does_not_say_who_may_call_it_is_not_served()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/open", () => "").IsOpen();
        app.MapGroup("/v1").Needs(KeyScopes.Read).MapGet("/closed", () => "");
        RouteCheck.Run(app, NullLogger.Instance);

        app.MapPost("/v1/forgotten", () => "");
        var error = Assert.Throws<InvalidOperationException>(() => RouteCheck.Run(app, NullLogger.Instance));
        Assert.Contains("POST /v1/forgotten", error.Message, StringComparison.Ordinal);
    }
}
