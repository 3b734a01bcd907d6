namespace UnifiedVlm.Server.Cli.Care;

/// <summary>Asks before something is done that can't be undone.</summary>
internal static class Confirmation
{
    /// <param name="question">What is about to be done.</param>
    /// <param name="why">Why it is asked, for who has no terminal.</param>
    /// <exception cref="UsageException">The answer is no, or nobody is there to give one.</exception>
    public static async Task AskAsync(string question, string why, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected)
            throw new UsageException($"{why}, and there is no terminal to ask on. Say --yes if it is meant.");
        await Console.Error.WriteAsync($"{question} {why}. Write yes: ");
        if (await Console.In.ReadLineAsync(cancellationToken) != "yes")
            throw new UsageException("Nothing was done.");
    }
}
