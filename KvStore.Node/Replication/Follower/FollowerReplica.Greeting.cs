using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <content>What a leader that greets is told, and why one is refused (FENCE, IDENTITY).</content>
internal sealed partial class FollowerReplica
{
    private void Greet(GreetingMessage greeting)
    {
        var refusal = _core.Greeted(greeting.From, greeting.Epochs);
        var sharedUpTo = _core.SharedUpTo(greeting.Epochs);
        if (PlantedBugs.Has(PlantedBug.EpochNotPersisted) && refusal is null)
        {
            _core.EpochPersisted(greeting.From, greeting.Epochs, long.MaxValue);
        }

        if (refusal is null && _core.MustAbandonSnapshot(greeting.From))
        {
            _store.AbandonSnapshot();
            Advanced(null);
        }

        if (refusal is null && _core.MustPersist(greeting.From))
        {
            var givenUp = _store.PersistEpoch(greeting.From.ClusterId, greeting.From.Epoch, greeting.Epochs, sharedUpTo);
            lock (_gate)
            {
                _core.EpochPersisted(greeting.From, greeting.Epochs, sharedUpTo);
            }

            _logger.Following(greeting.From.ClusterId, greeting.From.Epoch.ToString());
            if (givenUp > 0)
            {
                _logger.TailGivenUp(givenUp, sharedUpTo);
            }
        }

        if (refusal is null)
        {
            HeardFromLeader(greeting.LeaderLsn);
            _core.Introduced(greeting.Epochs);
        }

        greeting.Answer(Introduce(refusal is { } reason ? Describe(reason, greeting.From, sharedUpTo) : null));
    }

    private GreetingAnswer Introduce(Refusal? refusal)
    {
        var answer = new GreetingAnswer
        {
            Refusal = refusal,
            NodeId = _core.Identity.NodeId,
            StoreId = _core.Identity.StoreId,
            ClusterId = _core.ClusterId ?? "",
            Epoch = _core.Epoch?.ToMessage(),
            Snapshot = _core.Install?.ToMessage(),
            GivesUpTail = true,
        };
        answer.Holdings.AddRange(_core.Holdings.Ranges.Select(range => new LsnRangeMessage { Start = range.Start, End = range.End }));
        return answer;
    }

    private Refusal Describe(FollowerRefusal reason, LeaderEnvelope from, long sharedUpTo = 0)
    {
        var id = _core.Identity;
        var detail = reason switch
        {
            FollowerRefusal.OlderEpoch => $"{id.NodeId} follows epoch {_core.Epoch}; epoch {from.Epoch} is older.",
            FollowerRefusal.SameCounterOtherRun => $"{id.NodeId} follows epoch {_core.Epoch}; epoch {from.Epoch} is another process with the same counter.",
            FollowerRefusal.OtherCluster => $"{id.NodeId} holds data of cluster {_core.ClusterId}, and the leader's cluster is {from.ClusterId}.",
            FollowerRefusal.OtherStore => $"{id.NodeId} has store {id.StoreId}; the message is for store {from.StoreId}.",
            FollowerRefusal.NotGreeted => $"{id.NodeId} has not been greeted by epoch {from.Epoch} since it started.",
            FollowerRefusal.Standalone => $"{id.NodeId} took entries by hand and belongs to no cluster: empty its DATA_DIR to let it follow.",
            FollowerRefusal.TooManyRanges => $"{id.NodeId} has {_core.Holdings.Ranges.Count} gaps in what it holds: send what it lacks first.",
            FollowerRefusal.SnapshotOutOfStep => $"{id.NodeId} has come to another place in the snapshot, or takes in another one ({_core.Install?.Lsn}).",
            FollowerRefusal.SnapshotDamaged => $"{id.NodeId} got a part of a snapshot that is not what was sent.",
            FollowerRefusal.LeaderLostEntries =>
                $"{id.NodeId} follows epoch {_core.Epoch} and holds entries up to LSN {_core.Holdings.Max}; above LSN {sharedUpTo} the log of epoch {from.Epoch} has others, or none.",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };
        if (detail != _lastRefusal)
        {
            _lastRefusal = detail;
            _logger.MessageRefused(from.Epoch.ToString(), from.ClusterId, detail);
        }

        return new Refusal { Reason = (RefusalReason)reason, Detail = detail, Epoch = _core.Epoch?.ToMessage() };
    }
}
