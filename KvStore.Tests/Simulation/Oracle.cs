using System.Text;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Tests.Simulation;

/// <summary>A promise is broken. The message begins with its name.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>An entry that was safe on some disk.</summary>
internal sealed record LoggedEntry(long Lsn, Epoch Epoch, bool IsDelete, string Key, string Value, int WriteQuorum, string IdempotencyKey);

/// <summary>
/// Sees all disks and all messages at once, which no node does, and holds what happens against the promises after every
/// step.
/// </summary>
internal sealed class Oracle(World world)
{
    private readonly SortedDictionary<long, LoggedEntry> _log = [];
    private readonly Dictionary<(long Lsn, Epoch Epoch), LoggedEntry> _everywhere = [];
    private readonly List<MemoryDisk> _wipedDisks = [];
    private readonly HashSet<string> _rejected = [];

    /// <summary>Every entry that was ever safe on the leader's disk.</summary>
    public IReadOnlyDictionary<long, LoggedEntry> Log => _log;

    /// <summary>Every entry that was ever safe anywhere, those that died with a leader among them.</summary>
    public IEnumerable<LoggedEntry> Everywhere => _everywhere.Values;

    /// <summary>Stops the simulation.</summary>
    public void Broken(string message)
    {
        world.Note(message);
        throw new BrokenPromiseException(message);
    }

    /// <summary>A disk goes to the scrap heap; what was confirmed from it was true.</summary>
    public void Wiped(MemoryDisk disk) => _wipedDisks.Add(disk);

    /// <summary>ORDER: an LSN never means two writes, in one epoch anywhere, and on the leader's disk in all of them.</summary>
    public void EntrySafe(Machine machine, byte[] bytes)
    {
        var entry = EncodedEntry.Decode(bytes).Entry;
        var logged = new LoggedEntry(
            entry.Lsn, entry.Epoch.ToEpoch()!.Value, entry.Kind == EntryKind.Delete, entry.Key.ToStringUtf8(), entry.Value.ToStringUtf8(),
            entry.WriteQuorum, entry.IdempotencyKey);
        var id = (logged.Lsn, logged.Epoch);
        if (_everywhere.TryGetValue(id, out var known) && known != logged)
        {
            Broken($"ORDER: LSN {entry.Lsn} means two writes in one epoch, {known} and {logged}.");
        }

        _everywhere[id] = logged;
        if (machine is LeaderMachine)
        {
            if (_log.TryGetValue(entry.Lsn, out known) && known != logged)
            {
                Broken($"ORDER: LSN {entry.Lsn} means two writes on the leader's disk, {known} and {logged}.");
            }

            _log[entry.Lsn] = logged;
        }

        if (_rejected.Contains(SimulatedWrite.IdOf(logged)))
        {
            Broken($"HONEST: {logged} was rejected, and is in the log.");
        }
    }

    /// <summary>CONVERGE: what is cut was held without gaps, or nobody would know any more that something is missing.</summary>
    public void LogCut(Machine machine, long lsn)
    {
        if (machine.Disk.Holdings.Watermark < lsn)
        {
            Broken($"CONVERGE: {machine.Name} cuts its log up to {lsn}, and holds {machine.Disk.Holdings}.");
        }
    }

    /// <summary>CONVERGE: nothing is handed on before it is safe on the leader's disk while a follower would keep it for ever.</summary>
    public void Begun(LeaderMachine leader, long newestLsn)
    {
        if (world.HasOldFollowers && leader.Disk.Holdings.Max < newestLsn && leader.Replica!.Lanes.Any(lane => lane.Follower is not null))
        {
            Broken($"CONVERGE: {leader.Name} hands on LSN {newestLsn}, its disk has {leader.Disk.Holdings}, and a follower would keep it.");
        }
    }

    /// <summary>CONVERGE: what a leader says to have on its disk is safe there, or followers would never give up what it lacks.</summary>
    public void Told(LeaderMachine leader, long durableLsn)
    {
        if (leader.Disk.Holdings.Watermark < durableLsn)
        {
            Broken($"CONVERGE: {leader.Name} says that it has everything up to LSN {durableLsn}, and its disk has {leader.Disk.Holdings}.");
        }
    }

    /// <summary>DURABLE: what a leader takes as confirmed is safe on the disk that it was confirmed from.</summary>
    public void Confirmed(Lane lane)
    {
        if (lane.Follower is { } follower && DiskOf(follower.StoreId) is { } disk)
        {
            foreach (var range in lane.Confirmed.Ranges.Where(range => !(disk.EverHeld.EndOfRunAt(range.Start) >= range.End)))
            {
                Broken($"DURABLE: {follower.NodeId} counts as holding {range.Start}-{range.End}, and its disk has had {disk.EverHeld}.");
            }
        }
    }

    /// <summary>QUORUM: a success is on the leader's disk and on W others. HONEST: a rejected write is in no log.</summary>
    public void Answered(PendingWrite write, WriteOutcome outcome)
    {
        switch (outcome)
        {
            case WriteOutcome.Replicated(var lsn, _):
                if (!_log.TryGetValue(lsn, out var logged) || !SimulatedWrite.Is(logged, write))
                {
                    Broken($"DURABLE: success for LSN {lsn}, which is {(logged is null ? "not on the leader's disk" : $"another write: {logged}")}.");
                    break;
                }

                var holders = world.Followers.Count(follower =>
                    follower.Disk.EverHeld.Contains(lsn) || _wipedDisks.Exists(disk => OwnerOf(disk) == follower.Name && disk.EverHeld.Contains(lsn)));
                if (holders < logged.WriteQuorum)
                {
                    Broken($"QUORUM: success for LSN {lsn} with W={logged.WriteQuorum}, and {holders} followers have had it on disk.");
                }

                break;
            case WriteOutcome.Rejected when write.IdempotencyKey is null:
                // With an idempotency key an earlier attempt of the same write may have succeeded.
                _rejected.Add(Encoding.UTF8.GetString(write.Value));
                if (_log.Values.FirstOrDefault(entry => SimulatedWrite.Is(entry, write)) is { } found)
                {
                    Broken($"HONEST: {found} was rejected, and is in the log.");
                }

                break;
        }
    }

    /// <summary>What a replica that holds everything up to an LSN must show.</summary>
    public SortedDictionary<string, (string Value, long Lsn)> StateAt(long lsn)
    {
        var state = new SortedDictionary<string, (string Value, long Lsn)>(StringComparer.Ordinal);
        for (var at = 1L; at <= lsn; at++)
        {
            if (!_log.TryGetValue(at, out var entry))
            {
                Broken($"ORDER: LSN {at} is on no disk, and the leader's log goes up to {lsn}.");
                break;
            }

            if (entry.IsDelete)
            {
                state.Remove(entry.Key);
            }
            else
            {
                state[entry.Key] = (entry.Value, entry.Lsn);
            }
        }

        return state;
    }

    private MemoryDisk? DiskOf(string storeId) =>
        world.Followers.Select(follower => follower.Disk).Concat(_wipedDisks).FirstOrDefault(disk => disk.DurableMeta(MetaKeys.StoreId) == storeId);

    private static string? OwnerOf(MemoryDisk disk) => disk.DurableMeta(MetaKeys.NodeId);
}
