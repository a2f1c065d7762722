using KvStore.Node.Faults;
using KvStore.Node.Storage;

namespace KvStore.Tests.Simulation;

/// <summary>What came of one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Fault">The promise that was broken, in words; null when all were kept.</param>
/// <param name="Entries">How many entries were logged.</param>
/// <param name="Counts">How often what happened.</param>
/// <param name="Notes">What happened, when it was noted.</param>
internal sealed record SimulationResult(int Seed, string? Fault, long Entries, SimulationCounts Counts, IReadOnlyList<string> Notes);

/// <summary>How often what happened: a simulation in which nothing happens proves nothing.</summary>
internal sealed class SimulationCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>How often something happened.</summary>
    public long Of(string what) => _counts.GetValueOrDefault(what);

    public void Count(string what, long times = 1) => _counts[what] = Of(what) + times;

    public void Add(SimulationCounts other)
    {
        foreach (var (what, times) in other._counts)
        {
            Count(what, times);
        }
    }

    /// <inheritdoc />
    public override string ToString() => string.Join(", ", _counts.Select(count => $"{count.Key} {count.Value}"));
}

/// <summary>Runs a cluster under faults, ends the faults, and requires that all is as promised.</summary>
internal static class Simulation
{
    private static readonly TimeSpan FaultsUntil = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs one seed. The same seed does the same again.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="bug">A mistake that the product is to make.</param>
    /// <param name="isNoting">Whether to note what happens.</param>
    public static SimulationResult Run(int seed, PlantedBug bug = PlantedBug.None, bool isNoting = false)
    {
        var world = new World(seed, isNoting);
        string? fault = null;
        Plant(bug);
        try
        {
            Run(world);
        }
        catch (BrokenPromiseException e)
        {
            fault = e.Message;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            fault = $"The code fails: {e}";
        }
        finally
        {
            Plant(PlantedBug.None);
        }

        foreach (var write in world.Histories.Values.SelectMany(history => history.Writes))
        {
            world.Counts.Count($"write {write.Outcome.ToString().ToLowerInvariant()}");
        }

        return new SimulationResult(seed, fault, world.Oracle.Log.Count, world.Counts, world.Notes);
    }

    private static void Run(World world)
    {
        foreach (var machine in world.Machines)
        {
            machine.Start();
        }

        for (var client = 1; client <= world.Clients; client++)
        {
            new Client(world, client).Go();
        }

        new FaultSchedule(world).Go();
        while (world.Time.Step(FaultsUntil))
        {
            // Faults, and the promises that hold at every moment.
        }

        world.EndFaults();
        Converge(world);

        // What is only in memory does not count.
        foreach (var machine in world.Machines)
        {
            machine.Crash();
            machine.Start();
        }

        Converge(world);
        CheckHistories(world);
    }

    private static void Converge(World world)
    {
        // Batches of two entries, each with a lag of its own, take as long as there are entries; so what counts is coming closer.
        var deadline = world.Time.Now + StuckAfter;
        var held = 0L;
        while (Difference(world) is { } difference)
        {
            if (world.Followers.Sum(follower => follower.Status?.HeldEntries ?? 0) is var now && now > held)
            {
                held = now;
                deadline = world.Time.Now + StuckAfter;
            }
            else if (world.Time.Now >= deadline)
            {
                world.Oracle.Broken($"CONVERGE: without a fault, and in {StuckAfter.TotalSeconds} s no entry further, {difference}");
            }

            var until = world.Time.Now + Poll;
            while (world.Time.Step(until))
            {
                // Without faults now.
            }
        }
    }

    private static string? Difference(World world)
    {
        // A node whose disk failed at the very end is restarted by itself.
        foreach (var machine in world.Machines.Where(machine => !machine.IsRunning))
        {
            machine.Start();
        }

        if (world.Leader.Replica!.Committer.Failure is not null)
        {
            return "the leader, whose disk failed just before, is not restarted yet.";
        }

        var lastLsn = world.Leader.Replica.Replicator.Read(core => core.LastLsn);
        var expected = world.Oracle.StateAt(lastLsn);
        if (StateDifference("the leader", world.Leader.Store!, expected) is { } ofLeader)
        {
            world.Oracle.Broken($"DURABLE: {ofLeader}");
        }

        foreach (var follower in world.Followers)
        {
            var status = follower.Status!;
            if (status.Epoch != world.Leader.Replica.Epoch || status.Watermark != lastLsn || status.HeldEntries != lastLsn)
            {
                return $"{follower.Name} follows epoch {status.Epoch} and holds {string.Join(',', status.Holdings)}, and the leader's log goes up to {lastLsn}; "
                    + $"its lane: {world.Leader.Replica.Replicator.Status().Single(lane => lane.Address.Host == follower.Name)}.";
            }

            // It says that it has everything: then it must show everything.
            if (StateDifference(follower.Name, follower.Store!, expected) is { } ofFollower)
            {
                world.Oracle.Broken($"CONVERGE: {ofFollower}");
            }
        }

        return null;
    }

    private static string? StateDifference(string name, ReplicaStore store, SortedDictionary<string, (string Value, long Lsn)> expected)
    {
        using var view = store.OpenView();
        var shown = view.LiveKeys().ToDictionary(
            row => System.Text.Encoding.UTF8.GetString(row.Key), row => (System.Text.Encoding.UTF8.GetString(row.Value), row.Lsn));
        foreach (var key in expected.Keys.Union(shown.Keys))
        {
            var (is_, must) = (shown.TryGetValue(key, out var s) ? $"{s}" : "nothing", expected.TryGetValue(key, out var e) ? $"{e}" : "nothing");
            if (is_ != must)
            {
                return $"{name} shows {is_} for {key}, and it is {must}.";
            }
        }

        return null;
    }

    private static void CheckHistories(World world)
    {
        var lastLsn = world.Leader.Replica!.Replicator.Read(core => core.LastLsn);
        foreach (var (key, history) in world.Histories)
        {
            var log = world.Oracle.Log.Values.Where(entry => entry.Key == key && entry.Lsn <= lastLsn).ToList();
            if (history.Unexplained(log, [.. world.Oracle.Everywhere.Where(entry => entry.Key == key).Except(log)]) is { } unexplained)
            {
                world.Oracle.Broken($"{unexplained} (key {key})");
            }
        }
    }

    private static void Plant(PlantedBug bug)
    {
#if FAULT_POINTS
        PlantedBugs.Plant(bug);
#else
        Assert.Equal(PlantedBug.None, bug);
#endif
    }
}
