using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public sealed class DeviceAdmissionTests
{
    private const int Large = 8;

    private readonly DeviceAdmission admission = new(new DeviceOptions { IngestBudgetTokens = Large + 2 });
    private readonly object first = new();
    private readonly object second = new();

    [Fact]
    public void A_line_whose_document_has_entered_keeps_its_turn_until_it_says_which_is_next()
    {
        var (a, b) = (Document(), Document());
        Assert.True(admission.TryEnterIngest(Document(), first));
        admission.Reserve(a, first);
        admission.Reserve(b, second);
        Room();
        Assert.False(admission.TryEnterIngest(b, second));
        Assert.True(admission.TryEnterIngest(a, first));
        Room();
        Assert.True(admission.TryEnterIngest(b, second));

        // It would be the other one's turn, which has not come to its next document yet.
        Room();
        var next = Document();
        admission.Reserve(next, second);
        Assert.False(admission.TryEnterIngest(next, second));
        Assert.True(admission.TryEnterIngest(Document(), first));

        // And one that has no more holds nobody up.
        Room();
        admission.Reserve(null, first);
        Assert.True(admission.TryEnterIngest(next, second));
    }

    private static PreparedDocument Document() => FakeModel.Document(Large);

    private void Room() => admission.IngestTokens.Release(Large);
}
