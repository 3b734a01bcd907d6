using UnifiedVlm.Server.Cli;

return await CommandLineHost.RunAsync(args);
