namespace UnifiedVlm.Server.Http.Access;

/// <summary>Stands before every route: finds out who calls, and whether they may.</summary>
/// <param name="gate">Null: no keys are asked for.</param>
/// <param name="guard">Of what comes without a key.</param>
internal sealed class AccessMiddleware(KeyGate? gate, OriginGuard guard)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (gate is null)
        {
            guard.Check(context);
            context.Features.Set(Caller.Anyone);
        }
        else if (AccessRule.Of(context) is { IsOpen: false } rule)
        {
            var caller = await gate.EnterAsync(context);
            rule.Check(caller);
            context.Features.Set(caller);
        }

        await next(context);
    }
}
