using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

public class PartHashTests
{
    // From Python's hashlib: b"T" + "Tür".encode(); b"P" + struct.pack("<i", 2) + bytes(range(12)).
    private const string OfText = "28ea3a535fee125fac3e9c60e765f8379749ce8e0f7e8da74501c0018c2f7e3f";
    private const string OfPicture = "23f7f98e68ad4a9979b762117f591b92527d423a4497c4b19c74ec6077679de0";

    [Fact]
    public void Is_what_other_programs_compute()
    {
        Assert.Equal(OfText, PartHash.Of(new TextContent("Tür")).ToString());
        Assert.Equal(OfPicture, PartHash.Of(new PictureContent(new Picture(2, Enumerable.Range(0, 12).Select(static v => (byte)v).ToArray()))).ToString());
        Assert.Equal(PartHash.Of(new TextContent("Tür")), PartHash.FromBytes(Convert.FromHexString(OfText)));
    }
}
