namespace KvStore.Analysis.Bench.Report;

/// <summary>One contender's measure divided by another's: in each round, so that what disturbs the machine for a while touches both.</summary>
/// <param name="Scenario">Where they were measured.</param>
/// <param name="Measure">What is divided.</param>
/// <param name="Of">Whose measure is divided.</param>
/// <param name="To">Whose it is divided by.</param>
/// <param name="Median">The median over the rounds.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Rounds">How many rounds have both.</param>
internal sealed record Ratio(string Scenario, Measure Measure, string Of, string To, double Median, double Min, double Max, int Rounds)
{
    /// <summary>The ratios of a scenario that the measurements allow.</summary>
    public static IEnumerable<Ratio> From(Scenario scenario, IReadOnlyCollection<Measurement> measurements)
    {
        foreach (var (of, to) in scenario.Ratios)
        {
            var divided = ByRound(of);
            var divisors = ByRound(to);
            double[] ratios = [.. divided.Keys.Where(divisors.ContainsKey).Select(round => divided[round] / divisors[round]).Order()];
            if (ratios.Length > 0)
            {
                yield return new(scenario.Name, scenario.Measure, of.Name, to.Name, MedianOf(ratios), ratios[0], ratios[^1], ratios.Length);
            }
        }

        Dictionary<int, double> ByRound(Contender contender) => measurements
            .Where(measurement => measurement.Scenario == scenario.Name && measurement.Contender == contender.Name)
            .Select(measurement => (measurement.Round, Value: Value(scenario.Measure, measurement)))
            .Where(value => value.Value > 0)
            .ToDictionary(value => value.Round, value => value.Value);
    }

    private static double Value(Measure measure, Measurement of) => measure switch
    {
        Measure.OperationsPerSecond => of.OperationsPerSecond,
        Measure.MedianLatency => of.LatencyMs.P50,
        _ => of.Servers is { } servers ? servers.LeaderCpuUsPerOperation + servers.FollowersCpuUsPerOperation : 0,
    };

    private static double MedianOf(double[] ordered) => (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
}
