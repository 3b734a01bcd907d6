using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Server.Serving;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Unit.Server.Cluster;

public sealed class NodeLoadTests
{
    private static readonly PoolProspect Idle = new(8192, 32768, 16);

    [Theory]
    [InlineData(48L)]
    [InlineData(null)]
    public void A_node_says_what_its_devices_have_room_for(long? questions)
        => Assert.Equal(new MemberLoad(8192, 32768, 16, 5), NodeLoad.Of(Idle, hasDevice: true, questions, requests: 5));

    [Fact]
    public void A_node_that_admits_no_more_questions_has_no_room_however_idle_its_devices()
    {
        Assert.Equal(new MemberLoad(0, 32768, 0, 48), NodeLoad.Of(Idle, hasDevice: true, questions: 0, requests: 48));
        Assert.Equal(new MemberLoad(2 * RoutedRequest.MostTokens, 32768, 2, 46), NodeLoad.Of(Idle, hasDevice: true, questions: 2, requests: 46));
    }

    [Fact]
    public void A_node_without_a_device_says_so()
        => Assert.Equal(new MemberLoad(0, 0, 0, 1, HasDevice: false), NodeLoad.Of(Idle, hasDevice: false, questions: 48, requests: 1));
}
