using System.Diagnostics.Metrics;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Tests.Unit.Deploy;

namespace UnifiedVlm.Tests.Unit.Server.Http;

[Collection(Meters.Collection)]
public sealed class BlobTransfersTests
{
    [Fact]
    public void Who_finds_no_room_is_sent_back_with_the_time_to_come_again_and_the_gauge_shows_why()
    {
        var seen = new List<(string?, long)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "uvlm.blobs.in_flight")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        // Other tests' transfers are listened to as well.
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => seen.Add(((string?)Assert.Single(tags.ToArray(), static tag => tag.Key == "direction").Value, value)));
        listener.Start();
        using var transfers = new BlobTransfers();
        var upload = transfers.Upload(100L << 20);
        using var download = transfers.Download(1 << 20);

        var failure = HttpFailure.From(Assert.Throws<TransfersBusyException>(() => transfers.Upload(30 << 20)))!;
        Assert.Equal((429, TimeSpan.FromSeconds(1)), (failure.Status, failure.RetryAfter));
        listener.RecordObservableInstruments();
        Assert.Contains(("in", 100L << 20), seen);
        Assert.Contains(("out", 1L << 20), seen);

        upload.Dispose();
        transfers.Upload(30 << 20).Dispose();
    }

    [Fact]
    public void A_picture_that_is_not_there_is_not_found() => Assert.Equal(404, HttpFailure.From(new BlobNotFoundException(new string('a', 64)))!.Status);
}
