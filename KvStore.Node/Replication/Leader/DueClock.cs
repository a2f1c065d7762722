using System.Runtime.InteropServices;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// A thread that sleeps until something is due, within a fraction of a millisecond. A pool timer would come some milliseconds
/// late, which would be counted as overhead of every write that waits for it.
/// </summary>
internal sealed partial class DueClock : IDisposable
{
    // The system's sleep is that exact; the runtime's waits count whole milliseconds.
    private static readonly bool CanSleepExactly = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    private static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1);

    private readonly AutoResetEvent _changed = new(false);
    private readonly Func<TimeSpan?> _passTime;
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="passTime">Does what is due now and says how long it is until the next; null for nothing planned.</param>
    public DueClock(Func<TimeSpan?> passTime)
    {
        _passTime = passTime;
        _thread = new Thread(Run) { Name = "simulated lag", IsBackground = true };
        using (ExecutionContext.SuppressFlow())
        {
            _thread.Start();
        }
    }

    /// <summary>Something may be due earlier than was known.</summary>
    public void Wake() => _changed.Set();

    /// <inheritdoc />
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _changed.Set();
        _thread.Join();
        _changed.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            if (_passTime() is not { } pause)
            {
                _changed.WaitOne(Timeout.Infinite);
            }
            else if (!CanSleepExactly)
            {
                _changed.WaitOne((int)Math.Ceiling(Math.Max(0, pause.TotalMilliseconds)));
            }
            else if (pause >= OneMillisecond)
            {
                _changed.WaitOne((int)pause.TotalMilliseconds);
            }
            else if (pause > TimeSpan.Zero)
            {
                SleepExactly(pause);
            }
        }
    }

    // Less than a millisecond, in which nothing wakes it: what becomes due earlier waits no longer than that.
    private static void SleepExactly(TimeSpan pause)
    {
        var time = new TimeSpec(0, (long)pause.TotalNanoseconds);
        _ = NanoSleep(in time, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint remaining);

    // Of a 64-bit system.
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
