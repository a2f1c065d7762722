using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// Does what one lane decides: greets, sends, waits. It runs in no write's ambient context, since a batch serves many writes. It goes
/// on while the node is <paramref name="stopping"/>, for the writes that are under way.
/// </summary>
internal sealed class LaneLoop(
    int lane, Uri address, LaneMessages messages, Replicator replicator, LaneClient client, LeaderSettings settings, NodeMetrics metrics,
    TimeProvider time, ILogger<LaneLoop> logger, CancellationToken stopping)
{
    private readonly LaneLog _log = new(() => messages.Name, time, logger, stopping);
    private readonly List<Task> _sends = [];
    private readonly SendAttempts _attempts = new();
    private Task<LaneStream?>? _stream;
    private Task _watching = Task.CompletedTask;

    /// <summary>Runs until cancelled, and returns when nothing is under way any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = cancellationToken.Register(() => replicator.Wake(lane));
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                switch (replicator.Next(lane))
                {
                    case (LaneStep.Greet greet, _):
                        await CloseStreamAsync();
                        await GreetAsync(greet.Generation, cancellationToken);
                        break;
                    case (LaneStep.Send send, _):
                        await ForgetEndedSendsAsync();
                        _sends.Add(SendAsync(send.Batch, _stream!, cancellationToken));
                        break;
                    case (LaneStep.OpenSnapshot open, _):
                        replicator.OpenSnapshot(lane, open.Generation);
                        break;
                    case (_, var pause):
                        await replicator.WaitAsync(lane, pause);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }

        await Task.WhenAll(_sends);
        await CloseStreamAsync();
    }

    // A stream lives from one greeting to the next.
    private async Task CloseStreamAsync()
    {
        if (_stream is not { } opening)
        {
            return;
        }

        _stream = null;
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully && await opening is { } stream)
        {
            await stream.DisposeAsync();
        }

        await _watching;
    }

    // A follower that ends, or cannot be had a stream to, is known to be away at once and not only when there is something to send.
    private async Task WatchAsync(Task<LaneStream?> opening, int generation, CancellationToken cancellationToken)
    {
        Exception failure;
        try
        {
            if (await opening is not { } stream)
            {
                return;
            }

            failure = await stream.Ended;
        }
        catch (Exception e)
        {
            failure = e;
        }

        if (cancellationToken.IsCancellationRequested || !replicator.ConnectionLost(lane, generation, failure.Message))
        {
            return;
        }

        if (failure is LaneException)
        {
            _log.Lost(failure.Message);
        }
        else
        {
            logger.SendFaulted(messages.Name, failure); // A mistake in the program, and nothing was on the stream to report it.
        }
    }

    // A send reports its failures itself.
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
            var answer = await client.GreetAsync(address, messages.Greeting(), cancellationToken);
            replicator.GreetingAnswered(lane, generation, messages.ReadAnswer(answer));
            var status = replicator.Status()[lane];
            if (status.Mode != LaneMode.Probe)
            {
                _stream = client.OpenStreamAsync(address, cancellationToken); // What is sent next waits for it.
                _watching = WatchAsync(_stream, generation, cancellationToken);
            }

            _log.Greeted(status);
        }
        catch (LaneException e)
        {
            replicator.GreetingFailed(lane, generation, e.Message, e.IsAnswered);
            _log.Lost(e.Message);
        }
        catch (StorageException e)
        {
            // It would have noted whose store it is, and it is its own disk that failed.
            var error = $"It waits for the leader's disk: {e.Message}";
            replicator.GreetingFailed(lane, generation, error, isAnswered: true);
            _log.Lost(error);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.SendFaulted(messages.Name, e);
            replicator.GreetingFailed(lane, generation, $"greeting failed: {e.Message}");
        }
    }

    private async Task SendAsync(LaneBatch batch, Task<LaneStream?> stream, CancellationToken cancellationToken)
    {
        using var spans = new ReplicateSpans(lane, messages.Name, _attempts, time);
        try
        {
            if (batch.Snapshot is { } position)
            {
                await SendChunkAsync(batch, position, cancellationToken);
                return;
            }

            var entries = batch.Kind == BatchKind.Fresh ? messages.Collect(batch) : await ReadAsync(() => messages.Collect(batch));
            if (entries.Count < batch.Lsns.Count)
            {
                batch = replicator.Shorten(lane, batch, entries.Count);
            }

            await SendEntriesAsync(batch, entries, stream, spans, cancellationToken);
        }
        catch (Exception e) when (e is LaneException or StorageException or InvalidDataException)
        {
            spans.End(e.Message);
            var failure = e as LaneException;
            if (replicator.SendFailed(lane, batch, e.Message, failure is { IsAnswered: true }, failure?.Refusal))
            {
                _log.Lost(e.Message);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            spans.End("the leader stops");
        }
        catch (Exception e)
        {
            // A mistake in the program. Its entries come back and the lane goes on, in sight of everybody who looks.
            logger.SendFaulted(messages.Name, e);
            spans.End(e.Message);
            replicator.SendFailed(lane, batch, $"sending failed: {e.Message}");
        }
    }

    private async Task SendEntriesAsync(
        LaneBatch batch, List<OutgoingEntry> entries, Task<LaneStream?> stream, ReplicateSpans spans, CancellationToken cancellationToken)
    {
        var batchLag = await SimulateLagAsync(batch.Kind, cancellationToken);
        var body = messages.Replicate(entries, spans.Start(batch.Kind, entries, batchLag));
        replicator.SendStarted(lane, batch);
        await client.ReplicateAsync(address, await stream, body, isHeartbeat: batch.Kind == BatchKind.Heartbeat, cancellationToken);
        body.Return();
        RecordLatency(batch.Kind, entries);
        spans.End(error: null);
        replicator.SendSucceeded(lane, batch);
    }

    private async Task SendChunkAsync(LaneBatch batch, SnapshotPosition position, CancellationToken cancellationToken)
    {
        await SimulateLagAsync(batch.Kind, cancellationToken);
        var chunk = await ReadAsync(() => messages.Chunk(position)) ?? throw new LaneException("The snapshot was given up.");
        replicator.SendStarted(lane, batch);
        await client.SendChunkAsync(address, chunk.Body.Memory, cancellationToken);
        chunk.Body.Return();
        replicator.ChunkConfirmed(lane, batch, chunk.Reached, chunk.IsLast);
        if (chunk.IsLast)
        {
            logger.SnapshotSent(messages.Name, chunk.Reached.Lsn, chunk.Reached.Rows);
        }
    }

    // Reading much of the store takes milliseconds of CPU and disk: not on a pool thread, which the requests of clients need.
    private static Task<T> ReadAsync<T>(Func<T> read) =>
        Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // A fresh entry has waited for its own lag before; what is sent in bulk draws one lag for all of it; a retry draws none.
    private async Task<TimeSpan> SimulateLagAsync(BatchKind kind, CancellationToken cancellationToken)
    {
        if (kind is not (BatchKind.CatchUp or BatchKind.Snapshot) || settings.Lag is not { IsNone: false } lag)
        {
            return TimeSpan.Zero;
        }

        var delay = lag.Draw(Random.Shared);
        await Task.Delay(delay, time, cancellationToken);
        return delay;
    }

    private void RecordLatency(BatchKind kind, List<OutgoingEntry> entries)
    {
        if (kind != BatchKind.Fresh || !metrics.ReplicationLatency.Enabled)
        {
            return;
        }

        var now = time.GetUtcNow();
        var follower = new KeyValuePair<string, object?>("kvstore.follower", messages.Name);
        foreach (var entry in entries)
        {
            metrics.ReplicationLatency.Record((now - entry.CommittedAt).TotalSeconds, follower);
        }
    }
}
