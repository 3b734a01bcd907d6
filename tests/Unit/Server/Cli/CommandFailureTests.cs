using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Storage.Schema;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public sealed class CommandFailureTests
{
    /// <summary>systemd starts nothing again that ended with 2.</summary>
    [Fact]
    public void Tables_that_are_in_use_are_free_later_and_a_schema_that_is_too_new_stays_so()
    {
        Assert.Equal(3, CommandFailure.From(new SchemaLockedException(["'pg_dump' (pid 1, user uvlm_admin)"], TimeSpan.FromMinutes(2)))?.ExitCode);
        Assert.Equal(2, CommandFailure.From(new SchemaTooNewException(2, 1))?.ExitCode);
    }

    [Fact]
    public void What_libtorch_fails_at_is_said_in_its_words()
    {
        var failure = CommandFailure.From(new AggregateException(TorchException.FromNative("CUDA out of memory", null)));
        Assert.Equal("libtorch: CUDA out of memory", failure?.Message);
        Assert.Equal(3, failure?.ExitCode);
    }

    [Fact]
    public void A_model_that_gives_no_numbers_is_no_defect_of_the_program()
    {
        Assert.Equal(2, CommandFailure.From(new ModelOutputException("text", "is no number"))?.ExitCode);
        Assert.Equal(3, CommandFailure.From(new DeviceFailedException("encode: generating failed", new ModelOutputException("text", "is no number")))?.ExitCode);
    }
}
