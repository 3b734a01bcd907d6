using System.Buffers;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public sealed class GenerationWorkTests
{
    [Fact]
    public void A_token_for_which_there_is_no_room_is_a_mistake_unless_its_reader_has_gone()
    {
        var work = new GenerationWork(FakeModel.Prompt(), SamplingOptions.Greedy, 1, CancellationToken.None);
        Assert.True(work.TryBegin(new FakeModel()));
        work.Write(new GeneratedToken(1, "one ", 0));
        Assert.False(work.IsRunnable());
        Assert.Throws<InvalidOperationException>(() => work.Write(new GeneratedToken(2, "two ", 0)));

        // Between the question whether it can be stepped and the step.
        work.Abandon();
        Assert.True(work.IsRunnable());
        work.Write(new GeneratedToken(2, "two ", 0));
        work.End();
    }

    [Fact]
    public void The_pictures_of_a_prompt_go_with_its_first_token()
    {
        var window = new PreparedWindow([1], [], ArrayPool<float>.Shared.Rent(12), 12, 1);
        var work = new GenerationWork(new GenerationPrompt(window), SamplingOptions.Greedy, 8, CancellationToken.None);
        Assert.True(work.TryBegin(new FakeModel()));
        Assert.Equal(12, window.Pixels.Length);
        work.Write(new GeneratedToken(1, "one ", 0));
        Assert.Throws<ObjectDisposedException>(() => window.Pixels.Length);
        work.Write(new GeneratedToken(2, "two ", 0));
        work.End();
    }
}
