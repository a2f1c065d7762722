namespace KvStore.Node.Replication.Core;

/// <summary>What a follower says in answer to a greeting, whether it accepts it or not.</summary>
/// <param name="Follower">Who answers.</param>
/// <param name="ClusterId">The cluster that it belongs to; null when no leader ever greeted it.</param>
/// <param name="Epoch">The highest epoch that it has stored.</param>
/// <param name="Holdings">What it has on its disk.</param>
/// <param name="Refusal">Why it does not follow; null when it does.</param>
/// <param name="Detail">The refusal in the follower's words.</param>
/// <param name="Install">The snapshot that it is taking in; null when there is none.</param>
/// <param name="GivesUpTail">Whether it gives up what a new epoch's leader lacks; older versions do not.</param>
internal sealed record GreetingReply(
    FollowerIdentity Follower, string? ClusterId, Epoch? Epoch, LsnRangeSet Holdings, FollowerRefusal? Refusal, string? Detail,
    SnapshotInstall? Install = null, bool GivesUpTail = true);

/// <content>What followers answer to a greeting, and what of it speaks against this leader (ORDER, FENCE, IDENTITY).</content>
internal sealed partial class LeaderCore
{
    /// <summary>
    /// What followers say against this leader: that there is a newer epoch, or that they hold entries which it lacks.
    /// While there is anything, it takes no write and sends nothing, or two histories would mix.
    /// </summary>
    public IEnumerable<string> Objections => _lanes.Select(lane => lane.Objection).OfType<string>();

    /// <summary>Whether a follower objects; see <see cref="Objections"/>.</summary>
    public bool IsObjectedTo => _lanes.Any(lane => lane.Objection is not null);

    /// <summary>A greeting was answered, one way or the other.</summary>
    /// <returns>The writes that are seen to have their quorum by what the follower holds.</returns>
    public IReadOnlyList<QuorumReached> GreetingAnswered(int lane, int generation, GreetingReply reply, TimeSpan now)
    {
        if (ObjectionIn(reply) is { } objection)
        {
            GreetingFailed(_lanes[lane], generation, objection, now, isAnswered: true, objection);
            return [];
        }

        if (reply.Refusal is not null || AlreadyReached(lane, reply.Follower.NodeId))
        {
            var error = reply.Detail
                ?? $"The address answers as '{reply.Follower.NodeId}', which another address of FOLLOWERS reaches already: name each follower once.";
            GreetingFailed(_lanes[lane], generation, error, now, isAnswered: true, objection: null);
            return [];
        }

        _lanes[lane].GivesUpTail = reply.GivesUpTail;
        if (!reply.GivesUpTail && NewestLsn > LastLsn)
        {
            // It would keep what it is sent, whether or not the leader lives to have it on its disk.
            GreetingFailed(
                _lanes[lane], generation, "Its version is greeted when no fsync of the leader's is under way.", now, isAnswered: true, objection: null);
            return [];
        }

        _lanes[lane].GreetingAccepted(
            generation, reply.Follower, reply.Holdings, NewestLsn, now, reply.Install?.Epoch == _epoch ? reply.Install : null);
        _lanes[lane].Observe(now, NewestLsn);
        return CountAnew([.. _awaitingQuorum.Keys]);
    }

    /// <summary>A greeting got no answer, or one that is no answer to a greeting.</summary>
    public void GreetingFailed(int lane, int generation, string error, TimeSpan now, bool isAnswered = false) =>
        GreetingFailed(_lanes[lane], generation, error, now, isAnswered, _lanes[lane].Objection);

    // A snapshot is not kept for long for one who takes nothing: others may need one.
    private static void GreetingFailed(Lane lane, int generation, string error, TimeSpan now, bool isAnswered, string? objection)
    {
        lane.GreetingFailed(generation, error, now, isAnswered, objection);
        if (lane.IsSnapshotLost(now))
        {
            lane.GiveUpSnapshot();
        }
    }

    private bool AlreadyReached(int lane, string nodeId) =>
        _lanes.Any(other => other.Index != lane && other.Mode != LaneMode.Probe && other.Follower?.NodeId == nodeId);

    private string? ObjectionIn(GreetingReply reply)
    {
        var name = reply.Follower.NodeId;
        if (reply.Refusal is FollowerRefusal.OlderEpoch or FollowerRefusal.SameCounterOtherRun)
        {
            return $"{name} has stored epoch {reply.Epoch} and LSN {reply.Holdings.Max}; this leader has epoch {_epoch} and LSN {LastLsn}: "
                + "another leader came after it.";
        }

        if (reply.ClusterId is { } cluster && cluster != _clusterId)
        {
            // Another cluster's follower does not concern a leader of whose writes one has its quorum; to one that is new, or has been
            // started again since and logged what nobody has confirmed, it says that its disk is lost.
            return CommitLsn == 0
                ? $"{name} holds data of cluster {cluster} up to LSN {reply.Holdings.Max}, while this leader's store is new (cluster {_clusterId}): "
                    + "the leader's disk was lost or is not mounted."
                : null;
        }

        if (reply.Holdings.Max > NewestLsn)
        {
            return $"{name} holds entries up to LSN {reply.Holdings.Max}, while this leader's log ends at {LastLsn}: the leader's data is older than its followers'.";
        }

        return reply.Refusal == FollowerRefusal.LeaderLostEntries ? $"{reply.Detail} The leader's data is older than its followers', or there were two leaders." : null;
    }
}
