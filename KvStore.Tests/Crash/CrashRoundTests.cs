using KvStore.Tests.Integration;
using Xunit.Abstractions;

namespace KvStore.Tests.Crash;

/// <summary>
/// Six processes under load; <c>kill -9</c>, pauses and cut links as a seed has drawn them; then every answer is held against
/// what the nodes have (DURABLE, HONEST, CONVERGE, ORDER, QUORUM). A seed repeats the faults and not the timing.
/// </summary>
[Collection(CrashRounds.Name)]
public sealed class CrashRoundTests(CrashCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    private const int WritesBeforeTheFaults = 100;
    private const int WritesAfterTheFaults = 30;
    private const int FaultsShown = 20;

    // A round that fails may take minutes, and says no more than those before it.
    private const int FailedRoundsMax = 3;

    // Bounds what six nodes have on their disks, and what is compared after each round.
    private const int RoundsPerCluster = 20;

    private readonly List<string> _faults = [];

    /// <summary>The numbers of the rounds. They are the same wherever the tests are listed; the seeds are not.</summary>
    public static TheoryData<int> Rounds => [.. Enumerable.Range(1, CrashSettings.Rounds)];

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Every_acknowledged_write_is_on_every_node_and_every_rejected_one_on_none(int round)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // No way to pause a process from outside.
        }

        Assert.True(cluster.FailedRounds < FailedRoundsMax, $"Not run, since {FailedRoundsMax} rounds have failed.");
        var plan = CrashPlan.Draw(CrashSettings.FirstSeed + round - 1);
        Output.WriteLine($"{plan}");
        cluster.FailedRounds++;
        Cluster.IsDamaged = true;
        try
        {
            await RunAsync(plan);
        }
        catch (Exception e)
        {
            _faults.Add($"{e}");
        }

        var shown = string.Concat(_faults.Take(FaultsShown).Select(fault => $"{Environment.NewLine}  {fault}"));
        Assert.True(_faults.Count == 0, $"{_faults.Count} faults.{shown}{Environment.NewLine}Again: {CrashSettings.Replay(plan.Seed)}{Environment.NewLine}{plan}");
        cluster.FailedRounds--;
        Cluster.IsDamaged = round % RoundsPerCluster == 0;
    }

    private async Task RunAsync(CrashPlan plan)
    {
        await Cluster.SetQuorumAsync(plan.Quorum);
        await Cluster.SetLagAsync(0, plan.LagMaxMs);
        var before = await Cluster.StateAsync(Cluster.Leader);
        var versionMin = (await Cluster.InfoAsync(Cluster.Leader)).LastLsn + 1;

        await using var load = CrashLoad.Start(
            (key, value, limit) => Cluster.WriteAsync(key, value, cancellationToken: limit), Cluster.DeleteAsync, NameOf(plan), plan.Seed);
        await load.WaitForAcknowledgedAsync(WritesBeforeTheFaults);
        foreach (var step in plan.Steps)
        {
            await WaitAsync(step, load);
            await DoAsync(step, load, plan);
        }

        await Cluster.EndFaultsAsync();
        await load.WaitForAcknowledgedAsync(WritesAfterTheFaults);
        await load.EndAsync();
        await CompareAsync(load, plan, before, versionMin);
    }

    private async Task WaitAsync(CrashStep step, CrashLoad load)
    {
        if (step.IsOnceNoticed)
        {
            await Eventually.HoldsAsync(
                $"the leader's notice that {string.Join(", ", step.Targets)} cannot be reached",
                async () => (await Task.WhenAll(step.Targets.Select(Cluster.LaneAsync))).All(lane => lane.State != "replicate"));
        }
        else
        {
            await load.WaitForOutcomesAsync(step.Outcomes, step.AtMost);
        }
    }

    private async Task DoAsync(CrashStep step, CrashLoad load, CrashPlan plan)
    {
        string[] targets = [.. step.Targets];
        switch (step.Action)
        {
            case CrashAction.Kill:
                await Cluster.KillAsync(targets);
                break;
            case CrashAction.Stop:
                await Cluster.StopAsync(targets);
                break;
            case CrashAction.Start:
                if (targets.Contains(Cluster.Leader))
                {
                    await CheckQuorumAsync(load, plan);
                }

                await Cluster.StartAsync(targets);
                break;
            case CrashAction.Pause:
                await Cluster.PauseAsync(targets);
                break;
            case CrashAction.Continue:
                await Cluster.ContinueAsync(targets);
                break;
            case CrashAction.Cut:
                Array.ForEach(targets, follower => Cluster.LinkTo(follower).Cut(step.How));
                break;
            case CrashAction.Heal:
                Array.ForEach(targets, follower => Cluster.LinkTo(follower).Heal());
                break;
        }
    }

    // While there is no leader that could still send it, what was acknowledged is on W followers, or never was.
    private async Task CheckQuorumAsync(CrashLoad load, CrashPlan plan)
    {
        var check = new CrashCheck([.. load.Writes]);
        var present = Cluster.Followers.Where(Cluster.IsRunning).ToList();
        var states = await Task.WhenAll(present.Select(Cluster.StateAsync));
        _faults.AddRange(check.FaultsInQuorum(states, Cluster.Followers.Count - present.Count, plan.Quorum));
    }

    private async Task CompareAsync(CrashLoad load, CrashPlan plan, StateAnswer before, long versionMin)
    {
        try
        {
            await Cluster.WaitUntilFollowedAsync();
            await Cluster.WaitUntilIdenticalAsync();
        }
        catch (TimeoutException e)
        {
            _faults.Add(e.Message); // The comparison says which writes are concerned.
        }

        var check = new CrashCheck(load.Writes);
        var own = new List<StateAnswer>();
        _faults.AddRange(check.FaultsInAnswers(versionMin, plan.Quorum));
        foreach (var node in Cluster.Nodes)
        {
            var state = await Cluster.StateAsync(node);
            own.Add(Part(state, key => key.StartsWith(NameOf(plan), StringComparison.Ordinal)));
            _faults.AddRange(check.FaultsIn(node, own[^1]));
            if (!Part(state, key => !key.StartsWith(NameOf(plan), StringComparison.Ordinal)).IsSameAs(before))
            {
                _faults.Add($"{node}: keys of earlier rounds have changed.");
            }
        }

        var (faults, onAll, onNone) = check.Spread(own);
        _faults.AddRange(faults);
        Output.WriteLine(string.Join(", ", load.Writes.CountBy(write => write.Fate).OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key}")));
        Output.WriteLine($"Of the unknown writes of keys without another write, {onAll} are on all nodes and {onNone} on none.");
    }

    private static string NameOf(CrashPlan plan) => $"round-{plan.Seed}-";

    private static StateAnswer Part(StateAnswer state, Func<string, bool> isIn) => new(
        state.Store.Where(pair => isIn(pair.Key)).ToDictionary(), state.Versions.Where(pair => isIn(pair.Key)).ToDictionary());
}
