using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;

namespace KvStore.Tests.Simulation;

/// <summary>The process dies here and now. Nothing in the product catches this.</summary>
internal sealed class SimulatedCrashException : Exception;

/// <summary>What becomes of one fsync.</summary>
internal enum SyncOutcome
{
    Done,

    /// <summary>An error; whether the batch is on disk shows at the next start.</summary>
    Fails,

    /// <summary>An error, though the batch is on disk.</summary>
    FailsAfterwards,

    /// <summary>The process dies before the batch is safe.</summary>
    Crashes,

    /// <summary>The process dies when the batch is safe and before anybody knows.</summary>
    CrashesAfterwards,
}

/// <summary>
/// A disk that forgets what was not synced: at a crash some of the batches since the last fsync are lost, always from the
/// newest backwards. It remembers what ever was safe on it, which is what confirmations are measured by.
/// </summary>
internal sealed class MemoryDisk
{
    private static readonly ImmutableSortedSet<Row> Empty = ImmutableSortedSet.Create<Row>(Row.ByKey);

    private readonly List<IReadOnlyList<Change>> _unsynced = [];
    private ImmutableArray<ImmutableSortedSet<Row>> _durable = [.. Enum.GetValues<StorageFamily>().Select(_ => Empty)];

    /// <summary>What a reader sees: everything that was applied, synced or not.</summary>
    public ImmutableArray<ImmutableSortedSet<Row>> Visible { get; private set; } = [.. Enum.GetValues<StorageFamily>().Select(_ => Empty)];

    /// <summary>Decides on each fsync.</summary>
    public Func<SyncOutcome> NextSync { get; set; } = () => SyncOutcome.Done;

    /// <summary>Called while an fsync is under way, when the other threads of the process go on.</summary>
    public Action WhileSyncing { get; set; } = () => { };

    /// <summary>Called when an fsync is done and its caller does not know it yet.</summary>
    public Action AfterSync { get; set; } = () => { };

    /// <summary>Called for each entry that has become safe.</summary>
    public Action<byte[]> EntrySafe { get; set; } = _ => { };

    /// <summary>Called when the log has been cut, other than by a snapshot, before the holdings show it.</summary>
    public Action<long> LogCut { get; set; } = _ => { };

    /// <summary>Called for each entry that was safe and was given up.</summary>
    public Action EntryGivenUp { get; set; } = () => { };

    /// <summary>The entries that are safe here, in the log or in the state that a snapshot brought.</summary>
    public LsnRangeSet Holdings { get; private init; } = new();

    /// <summary>The entries that ever were safe here.</summary>
    public LsnRangeSet EverHeld { get; private init; } = new();

    /// <summary>The text of a row of the meta family that is safe; null when there is none.</summary>
    public string? DurableMeta(string name) => Find(_durable[(int)StorageFamily.Meta], Encoding.UTF8.GetBytes(name)) is { } value ? Encoding.UTF8.GetString(value) : null;

    /// <summary>Another disk with what is safe on this one.</summary>
    public MemoryDisk Copy() => new() { _durable = _durable, Visible = _durable, Holdings = new LsnRangeSet(Holdings.Ranges), EverHeld = new LsnRangeSet(EverHeld.Ranges) };

    /// <summary>Applies a batch without syncing it.</summary>
    public void Apply(IReadOnlyList<Change> batch)
    {
        Visible = Apply(Visible, batch);
        _unsynced.Add(batch);
    }

    /// <summary>Applies a batch, and syncs it with all that came before.</summary>
    public void ApplyAndSync(IReadOnlyList<Change> batch)
    {
        WhileSyncing();
        var outcome = NextSync();
        if (outcome is SyncOutcome.Fails or SyncOutcome.Crashes)
        {
            _unsynced.Add(batch); // It may have reached the disk, and is not visible.
        }
        else
        {
            Visible = Apply(Visible, batch);
            _unsynced.Add(batch);
            Harden(_unsynced.Count);
            AfterSync();
        }

        switch (outcome)
        {
            case SyncOutcome.Fails or SyncOutcome.FailsAfterwards:
                throw new StorageException("a simulated I/O error.");
            case SyncOutcome.Crashes or SyncOutcome.CrashesAfterwards:
                throw new SimulatedCrashException();
        }
    }

    /// <summary>The power goes: of what was not synced only a beginning is left.</summary>
    public void Crash(Random random)
    {
        Harden(random.Next(_unsynced.Count + 1));
        _unsynced.Clear();
        Visible = _durable;
    }

    public static byte[]? Find(ImmutableSortedSet<Row> rows, byte[] key) => rows.TryGetValue(new Row(key, []), out var row) ? row.Value : null;

    private void Harden(int batches)
    {
        foreach (var (batch, change) in _unsynced.Take(batches).SelectMany(batch => batch.Select(change => (batch, change))))
        {
            if (change is { Kind: ChangeKind.Put, Family: StorageFamily.Log })
            {
                Holdings.Add(KeyEncoding.ReadLogKey(change.Key));
                EverHeld.Add(KeyEncoding.ReadLogKey(change.Key));
                EntrySafe(change.Value);
            }
            else if (change is { Kind: ChangeKind.Delete, Family: StorageFamily.Log })
            {
                var lsn = KeyEncoding.ReadLogKey(change.Key);
                Holdings.Remove(new LsnRange(lsn, lsn));
                EntryGivenUp();
            }
            else if (change is { Kind: ChangeKind.Put, Family: StorageFamily.Meta } && Encoding.UTF8.GetString(change.Key) == MetaKeys.Cut)
            {
                var cut = long.Parse(Encoding.UTF8.GetString(change.Value), CultureInfo.InvariantCulture);
                if (!batch.Any(other => other.Family == StorageFamily.Meta && Encoding.UTF8.GetString(other.Key) == MetaKeys.ActiveData))
                {
                    LogCut(cut);
                }

                Holdings.Add(new LsnRange(1, cut));
                EverHeld.Add(new LsnRange(1, cut));
            }
        }

        _durable = _unsynced.Take(batches).Aggregate(_durable, Apply);
        _unsynced.RemoveRange(0, batches);
    }

    private static ImmutableArray<ImmutableSortedSet<Row>> Apply(ImmutableArray<ImmutableSortedSet<Row>> families, IReadOnlyList<Change> batch)
    {
        var builders = new ImmutableSortedSet<Row>.Builder?[families.Length];
        foreach (var change in batch)
        {
            var rows = builders[(int)change.Family] ??= families[(int)change.Family].ToBuilder();
            switch (change.Kind)
            {
                case ChangeKind.Put:
                    rows.Remove(new Row(change.Key, []));
                    rows.Add(new Row(change.Key, change.Value));
                    break;
                case ChangeKind.Delete:
                    rows.Remove(new Row(change.Key, []));
                    break;
                case ChangeKind.DeleteRange:
                    foreach (var row in rows.Where(row => Row.Compare(row.Key, change.Key) >= 0 && Row.Compare(row.Key, change.Value) < 0).ToList())
                    {
                        rows.Remove(row);
                    }

                    break;
            }
        }

        return [.. families.Select((rows, i) => builders[i]?.ToImmutable() ?? rows)];
    }
}

/// <summary>A row of a family.</summary>
internal readonly record struct Row(byte[] Key, byte[] Value)
{
    public static readonly IComparer<Row> ByKey = Comparer<Row>.Create((a, b) => Compare(a.Key, b.Key));

    public static int Compare(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b);
}

internal enum ChangeKind
{
    Put,
    Delete,
    DeleteRange,
}

/// <summary>One change of a batch; of a range, the value is its end.</summary>
internal readonly record struct Change(ChangeKind Kind, StorageFamily Family, byte[] Key, byte[] Value);
