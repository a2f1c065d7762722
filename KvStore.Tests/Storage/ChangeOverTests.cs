using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Tests.Simulation;

namespace KvStore.Tests.Storage;

/// <summary>The moment at which a snapshot is put in place, seen from another thread.</summary>
public sealed class ChangeOverTests
{
    [Fact]
    public void Right_after_the_change_over_is_on_disk_a_view_shows_the_state_that_fits_its_watermark()
    {
        var disk = new MemoryDisk();
        using var store = ReplicaStore.Open(new MemoryEngine(disk), "node");
        store.Append([TestEntry.Put(1, "old", "1")], 0);
        var install = new SnapshotInstall(new Epoch(1, 1), 10, [], 0);
        store.BeginSnapshot(install);
        store.AddToSnapshot([new LiveKey("new"u8.ToArray(), "9"u8.ToArray(), 9)], install with { Rows = 1 });

        // The changed row that says which family is active is durable, and the call has not returned.
        StoreDigest? atTheChange = null;
        disk.AfterSync = () => atTheChange = store.ComputeDigest(1, long.MaxValue, CancellationToken.None);
        store.FinishSnapshot();

        Assert.Equal(store.ComputeDigest(1, long.MaxValue, CancellationToken.None), atTheChange);
        Assert.Equal((10, 1), (atTheChange!.Watermark, atTheChange.Count));
    }
}
