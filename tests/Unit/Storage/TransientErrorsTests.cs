using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class TransientErrorsTests
{
    [Theory]
    [InlineData("40001", true)] // serialization failure
    [InlineData("40P01", true)] // deadlock
    [InlineData("55P03", true)] // lock timeout
    [InlineData("57P01", true)] // backend ended
    [InlineData("57P03", true)] // starting up
    [InlineData("25P03", true)] // idle in transaction for too long
    [InlineData("25006", true)] // read only: a primary that was made a standby
    [InlineData("08006", true)] // connection
    [InlineData("53100", true)] // disk full
    [InlineData("23505", false)] // unique violation
    [InlineData("42P01", false)] // no such table
    [InlineData("22P05", false)] // bad data
    [InlineData("57014", false)] // cancelled by the user
    public void Passing_states_are_told_from_lasting_ones(string sqlState, bool transient)
        => Assert.Equal(transient, TransientErrors.IsTransient(new PostgresException("m", "ERROR", "ERROR", sqlState)));

    [Fact]
    public void A_broken_connection_passes_and_a_wrong_argument_does_not()
    {
        Assert.True(TransientErrors.IsTransient(new NpgsqlException("m", new IOException())));
        Assert.True(TransientErrors.IsTransient(new NpgsqlException("m", new System.Net.Sockets.SocketException(111))));
        Assert.False(TransientErrors.IsTransient(new NpgsqlException("m")));
        Assert.False(TransientErrors.IsTransient(new ArgumentException("m")));
    }
}
