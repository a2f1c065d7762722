using KvStore.Node.Storage;

namespace KvStore.Tests.Storage;

/// <summary>Whom a commit waits for, and for how long.</summary>
public class CommitGatherTests
{
    private readonly CommitGather _gather = new();
    private TimeSpan _now;

    [Fact]
    public void A_single_writer_never_waits()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.True(Next(inFlight: 1, afterMs: 5).Items <= 1);
            _gather.Taken(1, _now);
        }
    }

    [Fact]
    public void Writers_that_come_back_are_waited_for_but_for_a_tenth()
    {
        GatherGoal goal = default;
        for (var i = 0; i < 20; i++)
        {
            goal = Next(inFlight: 50, afterMs: 8);
            _gather.Taken(50, _now);
        }

        Assert.Equal(45, goal.Items);
    }

    [Fact]
    public void The_wait_is_half_of_what_a_write_takes_and_between_1_and_8_ms()
    {
        // Ten in flight, and ten committed: a write takes as long as there is between two commits.
        Assert.Equal(1, LimitWhenAWriteTakes(2), 3);
        Assert.Equal(6, LimitWhenAWriteTakes(12), 1);
        Assert.Equal(8, LimitWhenAWriteTakes(300), 3);
    }

    [Fact]
    public void The_wait_itself_is_not_counted_as_part_of_what_a_write_takes()
    {
        // Or waiting would make writes longer, and longer writes the wait.
        for (var i = 0; i < 200; i++)
        {
            Next(inFlight: 10, afterMs: 6);
            _now += TimeSpan.FromMilliseconds(6);
            _gather.Taken(10, _now);
        }

        Assert.Equal(3, Next(inFlight: 10, afterMs: 6).Limit.TotalMilliseconds, 1);
    }

    [Fact]
    public void Where_writes_take_less_than_a_thread_can_wait_none_waits()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(default, Next(inFlight: 10, afterMs: 0.5));
            _gather.Taken(10, _now);
        }
    }

    [Fact]
    public void Writers_that_do_not_come_back_are_asked_for_less_and_less_and_again_once_they_do()
    {
        // Fifty in flight to followers that are far away, of which one comes at a time.
        var asked = 0;
        for (var i = 0; i < 1_000; i++)
        {
            asked += Next(inFlight: 50, afterMs: 10).Items > 1 ? 1 : 0;
            _gather.Taken(1, _now);
        }

        Assert.InRange(asked, 10, 40);

        for (var i = 0; i < 100; i++)
        {
            Next(inFlight: 50, afterMs: 10);
            _gather.Taken(50, _now);
        }

        Assert.Equal(45, Next(inFlight: 50, afterMs: 10).Items);
    }

    [Fact]
    public void Writers_that_have_gone_are_forgotten()
    {
        for (var i = 0; i < 20; i++)
        {
            Next(inFlight: 50, afterMs: 8);
            _gather.Taken(50, _now);
        }

        var waits = 0;
        while (Next(inFlight: 1, afterMs: 8).Items > 1)
        {
            _gather.Taken(1, _now);
            Assert.True(++waits < 10, "One writer waits for fifty that are gone.");
        }
    }

    private double LimitWhenAWriteTakes(double ms)
    {
        for (var i = 0; i < 200; i++)
        {
            Next(inFlight: 10, afterMs: ms);
            _gather.Taken(10, _now);
        }

        return Next(inFlight: 10, afterMs: ms).Limit.TotalMilliseconds;
    }

    private GatherGoal Next(int inFlight, double afterMs)
    {
        _now += TimeSpan.FromMilliseconds(afterMs);
        return _gather.Next(inFlight, _now);
    }
}
