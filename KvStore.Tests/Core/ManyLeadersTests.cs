using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

/// <summary>
/// Random lives of a cluster whose operator copies the disks of leaders and starts leaders on the copies, one after the other and side by
/// side, or loses the leader's disk and makes it anew. Whichever leader a follower accepts, it has from then on what that one's log has
/// (CONVERGE), and gives up nothing that a leader had on its disk (DURABLE). Without copies it accepts each that is not older.
/// </summary>
public class ManyLeadersTests
{
    private const int Seeds = 10_000;
    private const int Steps = 80;

    /// <summary>What a leader's disk is made anew of when it is lost, if ever.</summary>
    public enum Recovery
    {
        Never,
        FromFolders,
        FromBackups,
    }

    /// <param name="backups">Copies that carry a mark.</param>
    /// <param name="copies">Copies that carry none. With them a follower may give up the last of what it was not told to be on a disk.</param>
    /// <param name="isMixed">Whether some leaders are of the version that kept no run ids of past epochs.</param>
    /// <param name="recovery">Out of what all followers hold.</param>
    [Theory]
    [InlineData(0, 0, false, Recovery.Never)]
    [InlineData(0, 0, true, Recovery.FromFolders)]
    [InlineData(0, 0, false, Recovery.FromBackups)]
    [InlineData(0, 0, true, Recovery.FromBackups)]
    [InlineData(6, 0, false, Recovery.Never)]
    [InlineData(3, 0, false, Recovery.FromFolders)]
    [InlineData(3, 0, false, Recovery.FromBackups)]
    [InlineData(3, 3, false, Recovery.FromFolders)]
    public void Whom_a_follower_accepts_it_agrees_with(int backups, int copies, bool isMixed, Recovery recovery)
    {
        var (refused, givenUp) = (0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var world = new World(new Random(seed), backups, copies, isMixed, recovery);
            for (var step = 0; step < Steps; step++)
            {
                var fault = world.Step();
                Assert.True(fault is null, $"seed {seed}, step {step}: {fault}");
            }

            refused += world.Refused;
            givenUp += world.GivenUp;
        }

        Assert.Equal(backups + copies > 0, refused > 0);
        Assert.InRange(givenUp, 1, int.MaxValue);
    }

    // A log has at each LSN the run id of the leader that wrote the entry: no leader writes two at one LSN.
    private sealed class Disk
    {
        public List<ulong> Log { get; init; } = [];

        public EpochHistory Epochs { get; set; } = EpochHistory.Empty;

        public long Counter { get; set; }

        public bool IsCopy { get; set; }
    }

    private sealed class Leader(Disk disk, Epoch epoch)
    {
        public Disk Disk => disk;

        public Epoch Epoch => epoch;

        // How many entries are on their way while the fsync runs that is to bring them to the disk.
        public int Early { get; set; }

        public IEnumerable<ulong> Sent => disk.Log.Concat(Enumerable.Repeat(epoch.RunId, Early));
    }

    private sealed class Follower
    {
        public List<ulong> Log { get; } = [];

        public LastLeader? Last { get; set; }
    }

    private sealed class World(Random random, int backups, int copies, bool isMixed, Recovery recovery)
    {
        private readonly List<Disk> _disks = [new()];
        private readonly List<Leader> _leaders = [];
        private readonly List<Follower> _followers = [new(), new(), new()];
        private readonly HashSet<(long Lsn, ulong RunId)> _everDurable = [];

        public int Refused { get; private set; }

        public int GivenUp { get; private set; }

        public string? Step()
        {
            var disk = _disks[random.Next(_disks.Count)];
            var leader = _leaders.Count == 0 ? null : _leaders[random.Next(_leaders.Count)];
            switch (random.Next(11))
            {
                case 10:
                    return recovery == Recovery.Never || random.Next(3) > 0 ? null : Recover();
                case 0 or 1:
                    Start(disk);
                    return null;
                case 2 when _disks.Count <= backups + copies:
                    _disks.Add(new Disk { Log = [.. disk.Log], Epochs = disk.Epochs, Counter = disk.Counter, IsCopy = disk.IsCopy || _disks.Count <= backups });
                    return null;
                case 3 or 4 or 5 when leader is not null:
                    Write(leader);
                    return null;
                default:
                    return leader is null ? null : Greet(leader, _followers[random.Next(_followers.Count)]);
            }
        }

        private void Start(Disk disk)
        {
            _leaders.RemoveAll(leader => leader.Disk == disk);
            var leader = new Leader(disk, new Epoch(++disk.Counter, (ulong)random.NextInt64(1, long.MaxValue)));
            disk.Epochs = disk.Epochs.Begin(leader.Epoch, disk.Log.Count, disk.IsCopy);
            disk.IsCopy = false;
            if (isMixed && random.Next(3) == 0)
            {
                disk.Epochs = new EpochHistory(disk.Epochs.Starts.Select(start => start with { Epoch = start.Epoch with { RunId = 0 } }));
            }

            _leaders.Add(leader);
        }

        private void Write(Leader leader)
        {
            for (; leader.Early > 0; leader.Early--)
            {
                leader.Disk.Log.Add(leader.Epoch.RunId);
                _everDurable.Add((leader.Disk.Log.Count, leader.Epoch.RunId));
            }

            leader.Early = random.Next(4);
        }

        // Every disk is lost, and one made anew out of all followers' data. With copies the command may refuse, and nothing is lost.
        private string? Recover()
        {
            var given = _followers.Where(follower => follower.Last is not null).ToList();
            if (given.Count == 0)
            {
                return null;
            }

            var (epochs, _, other) = EpochHistory.OfAll([.. given.Select(follower => (follower.Last!.Value, (long)follower.Log.Count))]);
            if (other is not null)
            {
                return backups + copies > 0 ? null : $"{other} is taken for another leader's; {string.Join("; ", given.Select(follower => Describe(follower.Last!.Value)))}";
            }

            var logs = given.Select(follower => follower.Log.Take((int)Math.Min(int.MaxValue, epochs.SharedUpTo(follower.Last!.Value))).ToList()).ToList();
            var log = logs.MaxBy(log => log.Count)!;
            if (!logs.All(other => other.SequenceEqual(log.Take(other.Count))))
            {
                return $"the followers have different entries at one LSN; {string.Join("; ", given.Select(follower => Describe(follower.Last!.Value)))}";
            }

            _disks.Clear();
            _leaders.Clear();
            _disks.Add(new Disk
            {
                Log = [.. log],
                Epochs = epochs,
                Counter = given.Max(follower => follower.Last!.Value.Epoch.Counter),
                IsCopy = recovery == Recovery.FromBackups,
            });
            return null;
        }

        // The greeting, as FollowerCore takes it, and then some of what the leader sends.
        private string? Greet(Leader leader, Follower follower)
        {
            var (epoch, epochs, durable) = (leader.Epoch, leader.Disk.Epochs, 0L);
            if (follower.Last is { } last)
            {
                if (epoch.Counter < last.Epoch.Counter || (epoch.Counter == last.Epoch.Counter && epoch != last.Epoch))
                {
                    return null;
                }

                if (epochs.HasLost(last, follower.Log.Count))
                {
                    Refused++;
                    return null;
                }

                var shared = epochs.SharedUpTo(last);
                durable = Math.Min(last.Durable, shared);
                for (; follower.Log.Count > shared; GivenUp++, follower.Log.RemoveAt(follower.Log.Count - 1))
                {
                    if (copies == 0 && _everDurable.Contains((follower.Log.Count, follower.Log[^1])))
                    {
                        return $"gave up LSN {follower.Log.Count}, which a leader had on its disk; {Describe(last)}, greeted by {epoch} with {epochs}";
                    }
                }

                if (!leader.Sent.Take(follower.Log.Count).SequenceEqual(follower.Log.Take(leader.Sent.Count())))
                {
                    return $"holds other entries than the leader that it accepts; {Describe(last)}, greeted by {epoch} with {epochs}";
                }
            }

            follower.Log.AddRange(leader.Sent.Skip(follower.Log.Count).Take(random.Next(5)).ToList());
            follower.Last = new LastLeader(epoch, epochs, random.Next(2) == 0 ? durable : Math.Max(durable, leader.Disk.Log.Count));
            return null;
        }

        private static string Describe(LastLeader last) => $"followed {last.Epoch} with {last.History}, durable {last.Durable}";
    }
}
