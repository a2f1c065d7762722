using System.Text;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;

namespace KvStore.Tests.Simulation;

/// <summary>Writes and reads a few keys, one thing after another, and remembers what it was told.</summary>
internal sealed class Client(World world, int number)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private int _writes;

    /// <summary>Does the next thing, and so on until the clients are told to stop.</summary>
    public void Go()
    {
        if (world.IsWinding)
        {
            return;
        }

        var key = $"k{world.Random.Next(world.Keys)}";
        switch (world.Random.Next(20))
        {
            case < 3:
                Read(key);
                Rest();
                break;
            case < 7:
                Write(key, EntryKind.Delete, idempotencyKey: NewId());
                break;
            case < 10:
                Write(key, EntryKind.Put, idempotencyKey: NewId());
                break;
            default:
                Write(key, EntryKind.Put, idempotencyKey: null);
                break;
        }
    }

    private string NewId() => $"{number}-{++_writes}";

    private void Rest() => world.Time.After(TimeSpan.FromMilliseconds(world.Random.Next(world.ThinkTimeMaxMs)), Go);

    private void Write(string key, EntryKind kind, string? idempotencyKey, int attempt = 1)
    {
        var id = idempotencyKey ?? NewId();
        var began = world.Time.Now;
        var isEnded = false;
        var history = world.HistoryOf(key).Writes;
        var place = history.Count;
        history.Add(new WriteSeen(id, began));
        void End(ClientOutcome outcome, long? version)
        {
            if (isEnded)
            {
                return;
            }

            isEnded = true;
            history[place] = new WriteSeen(id, began, world.Time.Now, outcome, version);

            if (idempotencyKey is not null && outcome != ClientOutcome.Acknowledged && attempt < 4 && !world.IsWinding)
            {
                world.Time.After(TimeSpan.FromMilliseconds(world.Random.Next(500)), () => Write(key, kind, idempotencyKey, attempt + 1));
            }
            else
            {
                Rest();
            }
        }

        world.Time.After(Patience, () => End(ClientOutcome.Unknown, null));
        var leader = world.PickLeader();
        var me = $"client{number}";
        world.Network.Carry(me, leader.Name, late: false, () =>
        {
            if (!leader.IsRunning)
            {
                End(ClientOutcome.Rejected, null); // A connection that is refused has sent nothing.
                return;
            }

            leader.Do(() =>
            {
                var write = new PendingWrite(
                    kind, Encoding.UTF8.GetBytes(key), kind == EntryKind.Put ? Encoding.UTF8.GetBytes(id) : [], leader.WriteQuorum, default, idempotencyKey);
                leader.Receive(write, outcome => world.Network.Carry(leader.Name, me, late: false, () =>
                {
                    switch (outcome)
                    {
                        case WriteOutcome.Replicated done:
                            End(ClientOutcome.Acknowledged, done.Lsn);
                            break;
                        case WriteOutcome.Unknown unknown:
                            // What the old leader has numbered is another history.
                            End(ClientOutcome.Unknown, leader == world.OldLeader ? null : unknown.Lsn);
                            break;
                        case WriteOutcome.Rejected:
                            End(ClientOutcome.Rejected, null);
                            break;
                        case WriteOutcome.KeyNotFound:
                            End(ClientOutcome.Rejected, null);
                            break;
                        default:
                            world.Oracle.Broken($"{outcome} for {id}.");
                            break;
                    }
                }));
            });
        });
    }

    private void Read(string key)
    {
        var isOnLeader = world.Random.Next(3) == 0;
        var store = isOnLeader ? world.Leader.Store : world.Followers[world.Random.Next(world.Followers.Count)].Store;
        if (store is not null)
        {
            var found = store.Read(Encoding.UTF8.GetBytes(key));
            world.HistoryOf(key).Reads.Add(new ReadSeen(
                world.Time.Now, isOnLeader, found?.Lsn, found is { } value ? Encoding.UTF8.GetString(value.Value) : null));
        }
    }
}
