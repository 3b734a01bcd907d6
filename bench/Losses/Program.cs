using UnifiedVlm.Bench.Losses;

switch (args)
{
    case ["time"]:
        LossTiming.Run();
        return 0;
    case ["sigma"]:
        SigmaStudy.Run();
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench/Losses -- time | sigma");
        return 2;
}
