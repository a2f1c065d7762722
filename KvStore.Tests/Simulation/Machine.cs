using System.Diagnostics.Metrics;
using KvStore.Node.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Simulation;

/// <summary>
/// A machine with a disk, on which a process runs or does not. A process that is held (SIGSTOP) does everything later; what
/// was planned in one that has died is never done.
/// </summary>
internal abstract class Machine(World world, string name)
{
    protected static readonly NodeMetrics Metrics = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    private readonly List<Action> _held = [];
    private int _process;
    private int _restartedProcess = -1;

    public string Name { get; } = name;

    public MemoryDisk Disk { get; private set; } = new();

    public bool IsRunning { get; private set; }

    public bool IsHeld { get; private set; }

    protected World World { get; } = world;

    /// <summary>Starts a process on the disk as it is.</summary>
    public void Start()
    {
        World.Note($"{Name} starts");
        Disk.EntrySafe = bytes => World.Oracle.EntrySafe(this, bytes);
        Disk.EntryGivenUp = () => World.Counts.Count("entry given up");
        Disk.LogCut = lsn => World.Oracle.LogCut(this, lsn);
        Disk.NextSync = () => World.NextSync(this);
        Disk.WhileSyncing = WhileSyncing;
        IsRunning = true;
        IsHeld = false;
        try
        {
            Open();
        }
        catch (SimulatedCrashException)
        {
            Crash();
        }
        catch (Node.Storage.StorageException)
        {
            Crash(); // The disk failed while it started: the process ends, and is started again.
        }
    }

    /// <summary>The process dies, and with it what was not synced.</summary>
    public void Crash()
    {
        if (IsRunning)
        {
            World.Note($"{Name} crashes");
            World.Counts.Count("crash");
            IsRunning = false;
            _process++;
            _held.Clear();
            Disk.Crash(World.Random);
            Died();
        }
    }

    /// <summary>The process dies, and another takes its place.</summary>
    public void Restart()
    {
        Crash();
        Start();
    }

    /// <summary>The process dies, and its disk is replaced by an empty one.</summary>
    public void Wipe()
    {
        Crash();
        World.Note($"{Name} is wiped");
        World.Counts.Count("wipe");
        Disk = new MemoryDisk();
    }

    /// <summary>Gives the machine another disk; the process must not run.</summary>
    public void Attach(MemoryDisk disk) => Disk = disk;

    /// <summary>The process does nothing until <see cref="Continue"/>.</summary>
    public void Hold()
    {
        if (IsRunning)
        {
            World.Note($"{Name} is held");
            IsHeld = true;
        }
    }

    /// <summary>The process does what it could not do while it was held.</summary>
    public void Continue()
    {
        if (!IsHeld)
        {
            return;
        }

        World.Note($"{Name} continues");
        IsHeld = false;
        var (process, held) = (_process, _held.ToList());
        _held.Clear();
        held.ForEach(action => Run(process, action));
    }

    /// <summary>Does something in this process after a pause, if it still lives then.</summary>
    public void After(TimeSpan pause, Action action)
    {
        var process = _process;
        World.Time.After(pause, () => Run(process, action));
    }

    /// <summary>Does something in this process as soon as it can.</summary>
    public void Do(Action action) => Run(_process, action);

    /// <summary>What can be done later in the process that runs now, and in no other.</summary>
    public Action<T> Bound<T>(Action<T> action)
    {
        var process = _process;
        return value => Run(process, () => action(value));
    }

    /// <summary>A process whose disk has failed is restarted after a while, as by a person.</summary>
    protected void RestartIfFailed(string? failure)
    {
        if (failure is not null && _restartedProcess != _process)
        {
            _restartedProcess = _process;
            After(TimeSpan.FromMilliseconds(World.Random.Next(3000)), () =>
            {
                if (this == World.OldLeader)
                {
                    Crash(); // Nobody restarts a leader that was replaced.
                }
                else
                {
                    Restart();
                }
            });
        }
    }

    protected abstract void Open();

    protected abstract void WhileSyncing();

    protected virtual void Died()
    {
    }

    private void Run(int process, Action action)
    {
        if (!IsRunning || process != _process)
        {
            return;
        }

        if (IsHeld)
        {
            _held.Add(action);
            return;
        }

        try
        {
            action();
        }
        catch (SimulatedCrashException)
        {
            Crash();
        }
    }
}
