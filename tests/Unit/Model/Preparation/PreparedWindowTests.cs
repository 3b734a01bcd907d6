using System.Buffers;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Model.Preparation;

public sealed class PreparedWindowTests
{
    [Fact]
    public void A_copy_takes_no_memory_of_its_own_and_keeps_the_pixels_until_it_is_disposed_of_too()
    {
        var window = new PreparedWindow([1], [], ArrayPool<float>.Shared.Rent(12), 12, 1);
        var copy = window.Copy();
        Assert.True(window.Pixels.Overlaps(copy.Pixels, out var offset) && offset == 0);

        // Twice is as good as once.
        window.Dispose();
        window.Dispose();
        Assert.Throws<ObjectDisposedException>(() => window.Pixels.Length);
        Assert.Throws<ObjectDisposedException>(() => window.Copy());
        Assert.Equal(12, copy.Pixels.Length);
        copy.Dispose();
        Assert.Throws<ObjectDisposedException>(() => copy.Pixels.Length);
    }
}
