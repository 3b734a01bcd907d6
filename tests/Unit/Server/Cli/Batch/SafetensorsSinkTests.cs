using UnifiedVlm.Server.Cli.Batch;

namespace UnifiedVlm.Tests.Unit.Server.Cli.Batch;

public sealed class SafetensorsSinkTests
{
    [Fact]
    public void What_waits_on_disk_has_no_name_that_a_kill_could_leave()
    {
        var folder = Directory.CreateTempSubdirectory("uvlm-sink-");
        try
        {
            using var sink = new SafetensorsSink(Path.Combine(folder.FullName, "vectors.safetensors"), 4, "uvlm-1", static _ => { });
            Assert.Empty(folder.EnumerateFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
