using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;

namespace KvStore.Tests.Simulation;

/// <summary>
/// Six machines, the network between them, and clients: one thread, virtual time, and one seed that decides on everything.
/// </summary>
internal sealed class World
{
    private readonly Dictionary<string, KeyHistory> _histories = [];
    private readonly List<string>? _notes;
    private readonly NodeLimits _limits;
    private readonly double _syncFaults;
    private readonly int _fsyncMaxMs;
    private readonly int _cutMaxMs;
    private bool _hasFaults = true;

    /// <param name="seed">Decides on everything.</param>
    /// <param name="isNoting">Whether to keep what happens in words.</param>
    public World(int seed, bool isNoting)
    {
        Random = new Random(seed);
        _notes = isNoting ? [] : null;
        Oracle = new Oracle(this);
        Network = new Network(this)
        {
            Loss = Pick(0, 0.01, 0.05),
            Duplication = Pick(0, 0.05, 0.2),
            DelayMaxMs = Pick(2, 20, 200),
        };
        HasOldFollowers = Pick(false, false, false, true);
        Keys = Pick(1, 3, 12);
        Clients = Pick(2, 4, 10);
        ThinkTimeMaxMs = Pick(20, 100, 500);
        _syncFaults = Pick(0, 0.0005, 0.003);
        _fsyncMaxMs = Pick(1, 5, 50);
        _cutMaxMs = Pick(300, 1000, 4000);
        _limits = new NodeLimits
        {
            RingBytesMax = Pick(0, 2_000, 1 << 20),
            BatchBytesMax = Pick(300, 4 << 20),
            SnapshotPartBytesMax = Pick(10, 30, 1 << 20),
            GapsMax = Pick(2, 4, 65_536),
            Log = new LogLimits { EntriesKept = Pick(0, 5, 50), EntriesMax = Pick(10, 40, 100_000), AgeMax = TimeSpan.FromSeconds(Pick(5, 3600)) },
            Lane = new LaneLimits
            {
                FreshQueueMax = Pick(1, 3, 65_536),
                FreshEntriesPerBatch = Pick(1, 4, 1024),
                FreshBatchesInFlight = Pick(1, 4),
                CatchUpEntriesPerBatch = Pick(2, 10, 4096),
                CatchUpBatchesInFlight = Pick(1, 2),
                HoldingRangesMax = Pick(1, 2, 10_000),
                SnapshotPatience = TimeSpan.FromSeconds(Pick(2, 30)),
            },
        };
        Followers = [.. Enumerable.Range(1, 5).Select(i => new FollowerMachine(this, $"follower{i}"))];
        Leader = new LeaderMachine(this, "leader");
        WriteQuorum = Random.Next(1, 6);
        Lag = Pick(new SimulatedLag(0, 0), new SimulatedLag(0, 20), new SimulatedLag(0, 1000));
    }

    public Random Random { get; }

    public VirtualTime Time { get; } = new();

    public Oracle Oracle { get; }

    public Network Network { get; }

    public IReadOnlyList<FollowerMachine> Followers { get; }

    /// <summary>The leader that counts; another one, that was thought dead, may be about.</summary>
    public LeaderMachine Leader { get; private set; }

    /// <summary>A leader that slept while another took its place; null when there is none.</summary>
    public LeaderMachine? OldLeader { get; private set; }

    /// <summary>Whether followers say that they are of a version that gives up nothing, so that the leader sends what it has on disk.</summary>
    public bool HasOldFollowers { get; }

    public int Keys { get; }

    public int Clients { get; }

    public int ThinkTimeMaxMs { get; }

    /// <summary>WRITE_QUORUM of the leader.</summary>
    public int WriteQuorum { get; }

    /// <summary>The simulated lag that the leader is configured with.</summary>
    public SimulatedLag Lag { get; }

    /// <summary>Whether clients begin nothing new.</summary>
    public bool IsWinding { get; private set; }

    public IReadOnlyDictionary<string, KeyHistory> Histories => _histories;

    public IReadOnlyList<string> Notes => _notes ?? [];

    public IEnumerable<Machine> Machines => [Leader, .. Followers];

    /// <summary>How often what has happened.</summary>
    public SimulationCounts Counts { get; } = new();

    public void Note(string text) => _notes?.Add($"{Time.Now.TotalSeconds,8:0.000} {text}");

    public KeyHistory HistoryOf(string key)
    {
        if (!_histories.TryGetValue(key, out var history))
        {
            _histories.Add(key, history = new KeyHistory());
        }

        return history;
    }

    /// <summary>The leader that a client finds; now and then the old one.</summary>
    public LeaderMachine PickLeader() => OldLeader is { IsRunning: true } old && Random.Next(3) == 0 ? old : Leader;

    public NodeOptions Options(NodeRole role, string nodeId) => new()
    {
        Role = role,
        NodeId = nodeId,
        Followers = role == NodeRole.Leader ? [.. Followers.Select(follower => new Uri($"http://{follower.Name}"))] : [],
        WriteQuorum = WriteQuorum,
        Lag = Lag,
        WriteTimeout = TimeSpan.FromSeconds(5),
        DataDirectory = nodeId,
        BackupDirectory = nodeId,
        Limits = _limits,
    };

    public TimeSpan FsyncTime() => TimeSpan.FromMilliseconds(Random.NextDouble() * (Random.Next(500) == 0 && _hasFaults ? 4000 : _fsyncMaxMs));

    public TimeSpan CutInterval() => TimeSpan.FromMilliseconds(Random.Next(100, _cutMaxMs));

    public SyncOutcome NextSync(Machine machine)
    {
        if (!_hasFaults || Random.NextDouble() >= _syncFaults * 4)
        {
            return SyncOutcome.Done;
        }

        var outcome = (SyncOutcome)Random.Next(1, 5);
        Note($"{machine.Name}: an fsync {outcome}");
        Counts.Count("fsync fault");
        return outcome;
    }

    /// <summary>The leader is held, and another process takes over with what is on its disk, as after a failover by hand.</summary>
    public void ReplaceLeader()
    {
        // One that is held in the middle of its fsync, and whose followers were faster, may wake up and answer for what its copied
        // disk lacks. No protocol between a leader and its followers helps against that: whoever copies must know that it is gone.
        if (OldLeader is not null || !Leader.IsRunning || Leader.IsCommitting || Leader.Disk.DurableMeta(MetaKeys.ClusterId) is null)
        {
            return;
        }

        Leader.Hold();
        OldLeader = Leader;
        Note("another leader takes over");
        Counts.Count("second leader");
        var disk = OldLeader.Disk.Copy();
        OldLeader.Disk.EntrySafe = _ => { }; // What it logs from now on is its own affair.
        Leader = new LeaderMachine(this, "leader2");
        Leader.Attach(disk);
        Leader.Start();
    }

    /// <summary>Wakes the old leader once every follower has heard of the new one.</summary>
    public void WakeOldLeader()
    {
        var epoch = Leader.Disk.DurableMeta(MetaKeys.Epoch);
        if (OldLeader is { IsHeld: true } && epoch != OldLeader.Disk.DurableMeta(MetaKeys.Epoch) && Followers.All(follower => follower.Disk.DurableMeta(MetaKeys.Epoch) == epoch))
        {
            OldLeader.Continue();
        }
    }

    /// <summary>Ends every fault, and starts what is down.</summary>
    public void EndFaults()
    {
        _hasFaults = false;
        IsWinding = true;
        OldLeader?.Crash();
        (Network.Loss, Network.Duplication) = (0, 0);
        Network.Heal();
        foreach (var machine in Machines)
        {
            machine.Continue();
            if (!machine.IsRunning)
            {
                machine.Start();
            }
        }

        for (var lane = 0; lane < Followers.Count; lane++)
        {
            Leader.SetPaused(lane, false);
        }
    }

    public T Pick<T>(params T[] choices) => choices[Random.Next(choices.Length)];
}
