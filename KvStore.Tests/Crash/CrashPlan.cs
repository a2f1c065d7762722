using KvStore.Tests.Integration;

namespace KvStore.Tests.Crash;

/// <summary>
/// What happens in a round, drawn from its seed: a main fault, and up to three lesser ones that overlap with it in any way.
/// Ten seeds in a row have every main fault.
/// </summary>
internal sealed record CrashPlan(int Seed, int Quorum, int LagMaxMs, IReadOnlyList<CrashStep> Steps)
{
    private const int LesserFaultsMax = 3;
    private const int OutcomesMax = 300;
    private const int LastsMinMs = 100;
    private const int LastsMaxMs = 1_200;

    // Up to longer than the leader's writes, and its messages, may take: when it goes on, all of its time limits have passed.
    private const int LeaderPauseMaxMs = 3_500;

    // Longer than a write waits for its quorum: writes that come before the new leader has asked every follower are rejected.
    private const int StartBehindACutMinMs = 1_700;
    private const int StartBehindACutMaxMs = 2_500;

    private static readonly int[] LagsMaxMs = [0, 0, 0, 5, 20, 100, 300];

    /// <summary>Draws the plan of a round.</summary>
    public static CrashPlan Draw(int seed)
    {
        var random = new Random(seed);
        var steps = DrawMainFault(seed % 10, random);
        for (var i = random.Next(LesserFaultsMax + 1); i > 0; i--)
        {
            var (begin, end) = DrawLesserFault(random, steps);
            var at = random.Next(steps.Count + 1);
            steps.Insert(at, begin);
            steps.Insert(random.Next(at + 1, steps.Count + 1), end);
        }

        return new CrashPlan(seed, random.Next(1, 6), LagsMaxMs[random.Next(LagsMaxMs.Length)], [.. steps.Select(step => Time(step, random))]);
    }

    public override string ToString() =>
        $"Seed {Seed}: W = {Quorum}, lag up to {LagMaxMs} ms{string.Concat(Steps.Select(step => $"{Environment.NewLine}    {step}"))}";

    private static List<CrashStep> DrawMainFault(int kind, Random random)
    {
        string[] leader = [Cluster.Leader];
        var one = Draw(Cluster.Followers, 1, random);
        var some = Draw(Cluster.Followers, random.Next(2, 5), random);
        var how = (LinkCut)random.Next(4);
        var silently = (LinkCut)random.Next(3);
        var startLasts = TimeSpan.FromMilliseconds(random.Next(StartBehindACutMinMs, StartBehindACutMaxMs));
        return kind switch
        {
            0 => [Do(CrashAction.Kill, one), Do(CrashAction.Start, one)],
            1 => [Do(CrashAction.Kill, some), Do(CrashAction.Start, some)],
            2 => [Do(CrashAction.Kill, leader), Do(CrashAction.Start, leader)],
            // Followers first: what they have is looked at before the leader is back.
            3 => [Do(CrashAction.Kill, Cluster.Nodes), Do(CrashAction.Start, Cluster.Followers), Do(CrashAction.Start, leader)],
            4 => [Do(CrashAction.Pause, one), Do(CrashAction.Continue, one) with { IsOnceNoticed = true }],
            5 => [Do(CrashAction.Pause, leader), Do(CrashAction.Continue, leader)],
            6 => [Do(CrashAction.Cut, some) with { How = how }, Do(CrashAction.Heal, some) with { IsOnceNoticed = true }],
            // What the dead leader had sent arrives at followers that its successor has greeted.
            7 =>
            [
                Do(CrashAction.Cut, some) with { How = silently }, Do(CrashAction.Kill, leader), Do(CrashAction.Start, leader),
                Do(CrashAction.Heal, some) with { AtMost = startLasts, Outcomes = int.MaxValue },
            ],
            8 => [Do(CrashAction.Kill, leader), Do(CrashAction.Start, leader), Do(CrashAction.Kill, leader), Do(CrashAction.Start, leader)],
            _ => [Do(CrashAction.Stop, leader), Do(CrashAction.Start, leader)],
        };
    }

    // Of a node, or of a link, that no other fault of the round concerns.
    private static (CrashStep Begin, CrashStep End) DrawLesserFault(Random random, List<CrashStep> others)
    {
        var links = Cluster.Followers.Except(Targets(others, isLink: true)).ToList();
        var nodes = Cluster.Followers.Except(Targets(others, isLink: false)).ToList();
        var link = Draw(links, 1, random);
        var node = nodes.Count > 0 ? Draw(nodes, 1, random) : [];
        var how = (LinkCut)random.Next(4);
        return random.Next(4) switch
        {
            0 when node.Count > 0 => (Do(CrashAction.Kill, node), Do(CrashAction.Start, node)),
            1 when node.Count > 0 => (Do(CrashAction.Pause, node), Do(CrashAction.Continue, node)),
            _ => (Do(CrashAction.Cut, link) with { How = how }, Do(CrashAction.Heal, link)),
        };
    }

    private static IEnumerable<string> Targets(List<CrashStep> steps, bool isLink) =>
        steps.Where(step => step.Action is CrashAction.Cut or CrashAction.Heal == isLink).SelectMany(step => step.Targets);

    private static CrashStep Do(CrashAction action, IReadOnlyList<string> targets) => new(action, targets);

    private static List<string> Draw(IReadOnlyList<string> from, int count, Random random)
    {
        var shuffled = from.ToArray();
        random.Shuffle(shuffled);
        return [.. shuffled.Take(count).Order(StringComparer.Ordinal)];
    }

    // A paused leader answers nothing, so its pause is measured in time alone.
    private static CrashStep Time(CrashStep step, Random random)
    {
        var isLeaderPaused = step is { Action: CrashAction.Continue, Targets: [Cluster.Leader] };
        var outcomes = random.Next(1, OutcomesMax);
        var atMost = TimeSpan.FromMilliseconds(random.Next(LastsMinMs, isLeaderPaused ? LeaderPauseMaxMs : LastsMaxMs));
        return step.Outcomes > 0 ? step : step with { Outcomes = isLeaderPaused ? int.MaxValue : outcomes, AtMost = atMost };
    }
}
