using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

/// <summary>A follower that catches up leaves room for clients' writes while there are any.</summary>
public sealed class CatchUpPaceTests
{
    private static readonly LaneLimits Limits = new() { CatchUpEntriesPerBatch = 400, CatchUpBatchesInFlight = 2 };
    private static readonly TimeSpan Took = TimeSpan.FromMilliseconds(40);

    private TimeSpan _now = TimeSpan.FromSeconds(1);
    private long _lastLsn = 10_000;

    [Fact]
    public void Without_writes_large_messages_follow_one_another()
    {
        var lane = Greeted();
        var (first, second) = (Next(lane)!, Next(lane)!);

        Confirm(lane, first);

        Assert.Equal([400, 400, 400], ((LaneBatch[])[first, second, Next(lane)!]).Select(batch => batch.Lsns.Count));
    }

    [Fact]
    public void While_writes_come_there_is_one_smaller_message_at_a_time_with_a_pause_after_each()
    {
        var lane = Greeted();
        var (first, second) = (Next(lane)!, Next(lane)!);
        Write(lane, 3);
        Confirm(lane, first);
        Write(lane, 3);
        Confirm(lane, second);

        var pause = Assert.IsType<LaneStep.Wait>(lane.Next(_now)).Until!.Value - _now;
        _now += pause;
        var third = Next(lane)!;

        Assert.True(pause >= Took, $"The message took {Took}, and the pause is {pause}.");
        Assert.Equal(100, third.Lsns.Count);
        Assert.Null(Next(lane));
    }

    [Fact]
    public void Writes_do_not_wait_for_the_pause()
    {
        var lane = Greeted();
        var first = Next(lane)!;
        Write(lane, 1);
        Confirm(lane, first);

        lane.Appended(++_lastLsn, delayed: false);

        Assert.Equal(BatchKind.Fresh, Next(lane)!.Kind);
    }

    [Fact]
    public void A_backlog_that_hardly_shrinks_is_not_slowed_down()
    {
        var lane = Greeted();
        var (first, second) = (Next(lane)!, Next(lane)!);
        Write(lane, 200);

        Confirm(lane, first);
        Confirm(lane, second);

        Assert.Equal(400, Next(lane)!.Lsns.Count);
    }

    [Fact]
    public void When_the_writes_end_it_goes_on_as_fast_as_it_can()
    {
        var lane = Greeted();
        var first = Next(lane)!;
        Write(lane, 1);
        Confirm(lane, first);
        _now += 2 * Took;
        Confirm(lane, Next(lane)!);

        Assert.Equal([400, 400], ((LaneBatch[])[Next(lane)!, Next(lane)!]).Select(batch => batch.Lsns.Count));
    }

    private Lane Greeted()
    {
        var lane = new Lane(0, Limits);
        var greet = Assert.IsType<LaneStep.Greet>(lane.Next(_now));
        lane.GreetingAccepted(greet.Generation, new("follower1", "store-a"), new LsnRangeSet(), _lastLsn, _now);
        return lane;
    }

    private LaneBatch? Next(Lane lane)
    {
        var batch = (lane.Next(_now) as LaneStep.Send)?.Batch;
        if (batch is not null)
        {
            lane.SendStarted(batch, _now);
        }

        return batch;
    }

    private void Confirm(Lane lane, LaneBatch batch)
    {
        _now += Took;
        Assert.True(lane.SendSucceeded(batch, _now));
    }

    // Entries that the lane has sent and confirmed by the time that anybody looks.
    private void Write(Lane lane, int count)
    {
        for (var i = 0; i < count; i++)
        {
            lane.Appended(++_lastLsn, delayed: false);
            var fresh = Assert.IsType<LaneStep.Send>(lane.Next(_now)).Batch;
            Assert.Equal(BatchKind.Fresh, fresh.Kind);
            lane.SendSucceeded(fresh, _now);
        }
    }
}
