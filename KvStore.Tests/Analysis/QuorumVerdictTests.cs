using KvStore.Analysis.Consistency;
using KvStore.Analysis.Quorum;
using KvStore.Analysis.Statistics;

namespace KvStore.Tests.Analysis;

/// <summary>Which runs are as they must be.</summary>
public class QuorumVerdictTests
{
    private static readonly DelayTheory Theory = new(5, 0, 1000);

    // Two values around a mean, at a distance that is the standard error.
    private static Summary Around(double mean, double error) => Summary.Of([mean - error, mean + error])!;

    [Theory]
    [InlineData(500, 5, true)]
    [InlineData(529, 5, true)] // Four errors and nine milliseconds of work.
    [InlineData(531, 5, false)]
    [InlineData(481, 5, true)]
    [InlineData(479, 5, false)] // Work makes no write faster.
    public void A_mean_may_be_off_by_four_standard_errors_and_above_by_ten_milliseconds_more(double mean, double error, bool agrees)
    {
        Assert.Equal(agrees, QuorumVerdict.Agrees(Around(mean, error), 500));
        Assert.Equal((mean - 500) / error, QuorumVerdict.StandardErrorsApart(Around(mean, error), 500)!.Value, 9);
    }

    [Fact]
    public void Fewer_than_two_writes_agree_with_nothing()
    {
        Assert.False(QuorumVerdict.Agrees(null, 500));
        Assert.False(QuorumVerdict.Agrees(Summary.Of([500]), 500));
        Assert.Contains("fewer than two writes", Assert.Single(QuorumVerdict.Faults(Run(new QuorumStep(3) { Writes = [Write(500)] }))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_replica_that_is_not_identical_is_a_fault_that_names_its_keys()
    {
        var replica = new ReplicaComparison("follower2", null, null, new StateComparison(["a", "b"], [], ["c"]));
        var fault = Assert.Single(QuorumVerdict.Faults(Run(new QuorumStep(3) { Writes = [Write(495), Write(505)], Replicas = [replica] })));

        Assert.Contains("follower2", fault, StringComparison.Ordinal);
        Assert.Contains("2 missing (a, b); 1 different (c)", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_writes_count_in_the_success_rate_and_not_in_the_latency()
    {
        var step = new QuorumStep(3) { Writes = [Write(100), Write(300), Write(5000, "unknown"), Write(1, "rejected")] };

        Assert.Equal(0.5, step.SuccessRate);
        Assert.Equal(200, step.Latency!.Mean);
    }

    private static QuorumRun Run(QuorumStep step) => new(DateTimeOffset.UnixEpoch, Theory, [step], IsComplete: true);

    private static MeasuredWrite Write(double latencyMs, string outcome = QuorumExperiment.Success) => new(1, "k", 0, latencyMs, outcome, 1, 3);
}
