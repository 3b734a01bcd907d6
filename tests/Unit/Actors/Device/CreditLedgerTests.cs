using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Actors.Device.Credits;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>What a node lends is never more than it has, whatever comes late, and nobody who asks waits for ever.</summary>
public sealed class CreditLedgerTests
{
    private const long Budget = 100;

    [Fact]
    public void Borrowers_get_equal_shares_and_the_rest_of_those_who_want_less()
    {
        var ledger = new CreditLedger(Budget);
        var (modest, first, second) = (ledger.Join(), ledger.Join(), ledger.Join());
        ledger.Want(modest, 10, 0);
        ledger.Want(first, long.MaxValue, 0);
        ledger.Want(second, long.MaxValue, 0);
        var granted = ledger.Settle(Budget).ToDictionary(static c => c.Borrower, static c => c.Granted);
        Assert.Equal((10, 45, 45), (granted[modest], granted[first], granted[second]));
        Assert.Empty(ledger.Settle(Budget));
    }

    [Fact]
    public void What_one_does_not_use_is_asked_back_when_another_comes()
    {
        var ledger = new CreditLedger(Budget);
        var first = ledger.Join();
        ledger.Want(first, long.MaxValue, 0);
        Assert.Equal(new CreditChange(first, Budget, 0), Assert.Single(ledger.Settle(Budget)));
        Assert.True(ledger.TrySpend(first, 20));

        var second = ledger.Join();
        ledger.Want(second, long.MaxValue, 0);
        Assert.Equal(new CreditChange(first, 0, 50), Assert.Single(ledger.Settle(Budget)));
        Assert.Empty(ledger.Settle(Budget));

        // It has used ten more meanwhile.
        Assert.True(ledger.TrySpend(first, 40));
        ledger.Return(first, 40, 50);
        Assert.Equal(new CreditChange(second, 40, 0), Assert.Single(ledger.Settle(Budget)));
        ledger.End(first, 40);
        Assert.Equal([new CreditChange(first, 30, 0), new CreditChange(second, 10, 0)], ledger.Settle(Budget));
    }

    [Fact]
    public void Who_has_nothing_to_give_back_is_not_asked_again_before_something_has_changed()
    {
        var ledger = new CreditLedger(Budget);
        var (first, second) = (ledger.Join(), ledger.Join());
        ledger.Want(first, long.MaxValue, 0);
        ledger.Settle(Budget);
        ledger.Want(second, long.MaxValue, 0);
        Assert.Equal(new CreditChange(first, 0, 50), Assert.Single(ledger.Settle(Budget)));

        // All of it is on its way as work.
        ledger.Return(first, 0, 50);
        Assert.Empty(ledger.Settle(Budget));
        Assert.True(ledger.TrySpend(first, 30));
        Assert.Equal(new CreditChange(first, 0, 50), Assert.Single(ledger.Settle(Budget)));
        ledger.Return(first, 0, 50);
        Assert.Empty(ledger.Settle(Budget));
        ledger.Want(first, 0, 0);
        Assert.Equal(first, Assert.Single(ledger.Settle(Budget)).Borrower);
    }

    [Fact]
    public void Who_was_granted_something_after_being_asked_is_asked_again()
    {
        var ledger = new CreditLedger(Budget);
        var (first, second) = (ledger.Join(), ledger.Join());
        ledger.Want(first, long.MaxValue, 0);
        ledger.Settle(Budget);
        ledger.Want(second, 10, 0);
        Assert.Equal(new CreditChange(first, 0, 10), Assert.Single(ledger.Settle(Budget)));

        // All of it was sent as work before that, and the answer before what is granted now has come.
        Assert.True(ledger.TrySpend(first, Budget));
        ledger.Want(second, 0, 0);
        ledger.End(first, Budget);
        Assert.Equal(new CreditChange(first, Budget, 0), Assert.Single(ledger.Settle(Budget)));
        ledger.Return(first, 0, 10);
        ledger.Want(second, 10, 0);
        Assert.Equal(new CreditChange(first, 0, 10), Assert.Single(ledger.Settle(Budget)));
    }

    [Fact]
    public void Two_who_want_all_there_is_have_it_in_turn()
    {
        var ledger = new CreditLedger(Budget);
        var (first, second) = (ledger.Join(), ledger.Join());
        ledger.Want(first, long.MaxValue, Budget);
        ledger.Want(second, long.MaxValue, Budget);
        Assert.Equal(new CreditChange(first, Budget, 0), Assert.Single(ledger.Settle(Budget)));
        Assert.True(ledger.TrySpend(first, Budget));
        ledger.End(first, Budget);
        Assert.Equal(new CreditChange(second, Budget, 0), Assert.Single(ledger.Settle(Budget)));
    }

    [Fact]
    public void Credit_of_one_who_leaves_is_free_what_it_has_in_work_when_that_ends()
    {
        var ledger = new CreditLedger(Budget);
        var leaving = ledger.Join();
        ledger.Want(leaving, long.MaxValue, 0);
        ledger.Settle(Budget);
        Assert.True(ledger.TrySpend(leaving, 30));
        ledger.Leave(leaving);
        Assert.Equal(30, ledger.Held);
        Assert.False(ledger.TrySpend(leaving, 1));
        ledger.End(leaving, 30);
        Assert.Equal(0, ledger.Held);
    }

    [Fact]
    public void Work_without_credit_is_refused()
    {
        var ledger = new CreditLedger(Budget);
        var borrower = ledger.Join();
        Assert.False(ledger.TrySpend(borrower, 1));
        ledger.Want(borrower, 5, 0);
        ledger.Settle(Budget);
        Assert.False(ledger.TrySpend(borrower, 6));
        Assert.True(ledger.TrySpend(borrower, 5));
    }

    [Fact]
    public void What_is_withheld_is_asked_back_and_work_beyond_the_limit_still_comes_through()
    {
        var ledger = new CreditLedger(Budget);
        var borrower = ledger.Join();
        ledger.Want(borrower, long.MaxValue, 0);
        ledger.Settle(Budget);
        Assert.Equal(new CreditChange(borrower, 0, 75), Assert.Single(ledger.Settle(25)));
        ledger.Return(borrower, 75, 75);
        Assert.Empty(ledger.Settle(25));
        ledger.Want(borrower, long.MaxValue, 60);
        Assert.Equal(35, Assert.Single(ledger.Settle(25)).Granted);
    }

    /// <summary>Messages come late but in order, as on a connection; an honest sender is never refused, and everything is sent in the end, beside one who never has an end too.</summary>
    [Fact]
    public void Grants_never_exceed_the_budget_and_every_document_is_sent()
    {
        var simulations =
            from senders in Gen.Choose(1, 5)
            from sizes in Gen.ListOf(Gen.Choose(1, 150), 15)
            from endless in Gen.Choose(0, 150)
            from steps in Gen.ListOf(Gen.Choose(0, 1_000_000), 150)
            select (senders, sizes.ToArray(), endless, steps.ToArray());
        Prop.ForAll(Arb.From(simulations), static run => new CreditSimulation(Budget, run.Item1, run.Item2, run.Item3).Run(run.Item4)).QuickCheckThrowOnFailure();
    }
}
