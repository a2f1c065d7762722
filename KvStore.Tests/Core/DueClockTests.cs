using System.Diagnostics;
using KvStore.Node.Replication.Leader;

namespace KvStore.Tests.Core;

/// <summary>The clock of simulated lag looks again when something is due, and when it is told to.</summary>
public class DueClockTests
{
    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    [InlineData(7.6)]
    public async Task It_looks_again_until_what_is_due_has_come(double afterMs)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = Stopwatch.StartNew();
        var due = TimeSpan.FromMilliseconds(afterMs);
        using var clock = new DueClock(() =>
        {
            if (due - watch.Elapsed is var pause && pause > TimeSpan.Zero)
            {
                return pause;
            }

            done.TrySetResult();
            return null;
        });

        await done.Task;
    }

    [Fact]
    public async Task What_becomes_due_earlier_wakes_it()
    {
        var (asleep, woken) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var clock = new DueClock(() =>
        {
            if (asleep.TrySetResult())
            {
                return TimeSpan.FromDays(1);
            }

            woken.TrySetResult();
            return null;
        });
        await asleep.Task;

        clock.Wake();

        await woken.Task;
    }

    [Fact]
    public void It_ends_while_it_waits_for_nothing()
    {
        using var clock = new DueClock(() => null);
    }
}
