using KvStore.Tests.Integration;

namespace KvStore.Tests.Crash;

/// <summary>Plans are what a round needs: every fault ends, none disturbs another's node or link, and ten seeds have them all.</summary>
public sealed class CrashPlanTests
{
    private const int Seeds = 2_000;

    [Fact]
    public void A_seed_gives_one_plan() => Assert.All(Enumerable.Range(0, Seeds), seed => Assert.Equal($"{CrashPlan.Draw(seed)}", $"{CrashPlan.Draw(seed)}"));

    [Fact]
    public void Every_fault_meets_what_is_well_and_ends() => Assert.All(Enumerable.Range(0, Seeds), seed =>
    {
        var plan = CrashPlan.Draw(seed);
        var (away, cut) = (new HashSet<string>(), new HashSet<string>());
        foreach (var step in plan.Steps)
        {
            var isBegin = step.Action is CrashAction.Kill or CrashAction.Stop or CrashAction.Pause or CrashAction.Cut;
            var faulty = step.Action is CrashAction.Cut or CrashAction.Heal ? cut : away;
            Assert.All(step.Targets, target => Assert.True(isBegin ? faulty.Add(target) : faulty.Remove(target), $"{step} of {plan}"));
        }

        Assert.Empty(away);
        Assert.Empty(cut);
        Assert.InRange(plan.Quorum, 1, 5);
    });

    [Fact]
    public void Ten_seeds_in_a_row_have_every_main_fault() => Assert.All(Enumerable.Range(0, Seeds), first =>
    {
        var steps = Enumerable.Range(first, 10).SelectMany(seed => CrashPlan.Draw(seed).Steps).ToList();
        Assert.Contains(steps, step => step.Action == CrashAction.Kill && step.Targets.Count == Cluster.Nodes.Count);
        Assert.Contains(steps, step => step is { Action: CrashAction.Kill, Targets.Count: > 1 and < 6 });
        Assert.All([CrashAction.Kill, CrashAction.Stop, CrashAction.Pause], action =>
            Assert.Contains(steps, step => step.Action == action && step.Targets is [Cluster.Leader]));
        Assert.All([CrashAction.Kill, CrashAction.Pause, CrashAction.Cut], action =>
            Assert.Contains(steps, step => step.Action == action && step.Targets is [not Cluster.Leader, ..]));
    });
}
