using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Server.Rpc.Wire;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

public sealed class RemoteCreditTests
{
    [Fact]
    public void What_could_be_had_is_what_is_lent_until_it_is_refused()
    {
        var (time, options) = (new ManualTimeProvider(), new RemoteOptions());
        time.Advance(TimeSpan.FromSeconds(1));
        var credit = new RemoteCredit(options, time);
        Assert.Equal(0, credit.Prospect(Kind.Query, 0));
        credit.Open([60, 100, 2]);
        Assert.Equal((60, 40, 2), (credit.Prospect(Kind.Query, 0), credit.Prospect(Kind.Query, 20), credit.Prospect(Kind.Generation, 0)));

        credit.Hear(new Lent { Grant = new Change { Kind = Kind.Query, Amount = 5 } });
        Assert.False(credit.TrySpend(Kind.Query, 10));
        Assert.Equal((5, 2), (credit.Prospect(Kind.Query, 0), credit.Prospect(Kind.Generation, 0)));
        time.Advance(options.Idle);
        Assert.Equal(60, credit.Prospect(Kind.Query, 0));

        Assert.False(credit.TrySpend(Kind.Query, 10));
        credit.Hear(new Lent { Grant = new Change { Kind = Kind.Query, Amount = 30 } });
        Assert.True(credit.TrySpend(Kind.Query, 10));
        Assert.Equal(50, credit.Prospect(Kind.Query, 10));
    }
}
