using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// Does what one lane decides: greets, sends, waits. It runs in no write's ambient context, since a batch serves many writes.
/// </summary>
internal sealed class LaneLoop(
    int lane, Uri address, LeaderEnvelope leader, Replicator replicator, ReplicaStore store, LaneClient client, LeaderSettings settings,
    NodeMetrics metrics, TimeProvider time, ILogger<LaneLoop> logger)
{
    private const long BatchBytesMax = 4 << 20;

    private static readonly TimeSpan StartAllowance = TimeSpan.FromSeconds(5);

    private readonly long _startedAt = time.GetTimestamp();
    private readonly List<Task> _sends = [];
    private FollowerIdentity? _follower;
    private string? _lastError;

    /// <summary>The follower's name: its node id, or its address until it has said one.</summary>
    private string Name => _follower?.NodeId ?? address.ToString();

    /// <summary>Runs until cancelled, and returns when nothing is under way any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                switch (replicator.Next(lane))
                {
                    case (LaneStep.Greet greet, _):
                        await GreetAsync(greet.Generation, cancellationToken);
                        break;
                    case (LaneStep.Send send, _):
                        await ForgetEndedSendsAsync();
                        _sends.Add(SendAsync(send.Batch, cancellationToken));
                        break;
                    case (_, var pause):
                        await replicator.WaitAsync(lane, pause, cancellationToken);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }

        await Task.WhenAll(_sends);
    }

    // A send reports its failures itself; one that faults is a mistake in the program, and must not be lost.
    private async Task ForgetEndedSendsAsync()
    {
        foreach (var ended in _sends.FindAll(send => send.IsCompleted))
        {
            await ended;
            _sends.Remove(ended);
        }
    }

    private async Task GreetAsync(int generation, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await client.GreetAsync(address, leader with { StoreId = null }, replicator.Read(core => core.LastLsn), cancellationToken);
            if (reply.Refusal is null)
            {
                Remember(reply.Follower);
            }

            replicator.GreetingAnswered(lane, generation, reply);
            Report(replicator.Status()[lane]);
        }
        catch (Exception e) when (e is LaneException or StorageException)
        {
            replicator.GreetingFailed(lane, generation, e.Message);
            ReportLost(e.Message);
        }
    }

    private async Task SendAsync(LaneBatch batch, CancellationToken cancellationToken)
    {
        using var spans = new ReplicateSpans(lane, Name, time);
        try
        {
            var entries = Collect(batch);
            if (entries.Count < batch.Lsns.Count)
            {
                batch = replicator.Shorten(lane, batch, entries.Count);
            }

            var batchLag = TimeSpan.Zero;
            if (batch.Kind == BatchKind.CatchUp && settings.Lag is { IsNone: false } lag)
            {
                batchLag = lag.Draw(Random.Shared);
                await Task.Delay(batchLag, time, cancellationToken);
            }

            var request = new ReplicateRequest
            {
                Envelope = LaneClient.ToMessage(leader with { StoreId = _follower!.StoreId }),
                LeaderLsn = replicator.Read(core => core.LastLsn),
            };
            request.Traced.AddRange(spans.Start(batch.Kind, entries, batchLag));
            await client.ReplicateAsync(address, request, entries, cancellationToken);
            RecordLatency(batch.Kind, entries);
            spans.End(error: null);
            replicator.SendSucceeded(lane, batch);
        }
        catch (Exception e) when (e is LaneException or StorageException or InvalidDataException)
        {
            spans.End(e.Message);
            replicator.SendFailed(lane, batch, e.Message);
            ReportLost(e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            spans.End("the leader stops");
        }
    }

    // At least one entry, and as many more as fit into one message.
    private List<OutgoingEntry> Collect(LaneBatch batch)
    {
        var entries = new List<OutgoingEntry>(batch.Lsns.Count);
        long bytes = 0;
        foreach (var lsn in batch.Lsns)
        {
            var entry = replicator.Find(lsn) ?? throw new StorageException($"The leader's log has no entry {lsn}, which {Name} lacks.");
            bytes += entry.Bytes.Length;
            if (entries.Count > 0 && bytes > BatchBytesMax)
            {
                break;
            }

            entries.Add(entry);
        }

        return entries;
    }

    private void RecordLatency(BatchKind kind, List<OutgoingEntry> entries)
    {
        if (kind != BatchKind.Fresh || !metrics.ReplicationLatency.Enabled)
        {
            return;
        }

        var now = time.GetUtcNow();
        var follower = new KeyValuePair<string, object?>("kvstore.follower", Name);
        foreach (var entry in entries)
        {
            metrics.ReplicationLatency.Record((now - entry.CommittedAt).TotalSeconds, follower);
        }
    }

    // The store id tells a wiped follower from a new one, also after the leader's own restart.
    private void Remember(FollowerIdentity follower)
    {
        var oldStore = store.GetFollowerStore(follower.NodeId);
        if (oldStore != follower.StoreId)
        {
            store.PersistFollowerStore(follower.NodeId, follower.StoreId);
            if (oldStore is not null)
            {
                logger.FollowerWiped(follower.NodeId, follower.StoreId, oldStore);
            }
        }

        _follower = follower;
    }

    private void Report(LaneStatus status)
    {
        if (status.Mode == LaneMode.Replicate)
        {
            _lastError = null;
            logger.FollowerReplicates(Name, _follower!.StoreId, status.Watermark, status.LagEntries);
        }
        else if (status.Objection is { } objection && objection != _lastError)
        {
            _lastError = objection;
            logger.ObjectedTo(objection);
        }
        else if (status.Objection is null && status.LastError is { } error)
        {
            ReportLost(error);
        }
    }

    // Once, not at every greeting of a follower that stays away; and not of one that is just starting, along with this leader.
    private void ReportLost(string error)
    {
        var isStarting = _follower is null && time.GetElapsedTime(_startedAt) < StartAllowance;
        if (error != _lastError && !isStarting)
        {
            _lastError = error;
            logger.FollowerLost(Name, error);
        }
    }
}
