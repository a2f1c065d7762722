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
            _gather.Taken(1);
        }
    }

    [Fact]
    public void Writers_that_come_back_are_waited_for_but_for_a_tenth()
    {
        GatherGoal goal = default;
        for (var i = 0; i < 20; i++)
        {
            goal = Next(inFlight: 50, afterMs: 8);
            _gather.Taken(50);
        }

        Assert.Equal(45, goal.Items);
    }

    [Fact]
    public void The_wait_is_no_longer_than_a_write_takes_and_than_8_ms()
    {
        // Ten in flight and ten committed every 3 ms: a write takes 3 ms.
        for (var i = 0; i < 100; i++)
        {
            Next(inFlight: 10, afterMs: 3);
            _gather.Taken(10);
        }

        Assert.InRange(Next(inFlight: 10, afterMs: 3).Limit.TotalMilliseconds, 2.5, 3.5);

        for (var i = 0; i < 100; i++)
        {
            Next(inFlight: 10, afterMs: 300);
            _gather.Taken(10);
        }

        Assert.Equal(8, Next(inFlight: 10, afterMs: 300).Limit.TotalMilliseconds);
    }

    [Fact]
    public void Where_writes_take_less_than_a_thread_can_wait_none_waits()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(default, Next(inFlight: 10, afterMs: 0.5));
            _gather.Taken(10);
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
            _gather.Taken(1);
        }

        Assert.InRange(asked, 10, 40);

        for (var i = 0; i < 100; i++)
        {
            Next(inFlight: 50, afterMs: 10);
            _gather.Taken(50);
        }

        Assert.Equal(45, Next(inFlight: 50, afterMs: 10).Items);
    }

    [Fact]
    public void Writers_that_have_gone_are_forgotten()
    {
        for (var i = 0; i < 20; i++)
        {
            Next(inFlight: 50, afterMs: 8);
            _gather.Taken(50);
        }

        var waits = 0;
        while (Next(inFlight: 1, afterMs: 8).Items > 1)
        {
            _gather.Taken(1);
            Assert.True(++waits < 10, "One writer waits for fifty that are gone.");
        }
    }

    private GatherGoal Next(int inFlight, double afterMs)
    {
        _now += TimeSpan.FromMilliseconds(afterMs);
        return _gather.Next(inFlight, _now);
    }
}
