using KvStore.Analysis.Bench.Report;
using KvStore.Analysis.Bench.Stores;

namespace KvStore.Analysis.Bench;

/// <summary>Measures scenarios, round by round: in each round every contender has its turn, since a machine is not the same from minute to minute.</summary>
internal sealed class BenchRun
{
    private static readonly TimeSpan LaterWarmUp = TimeSpan.FromSeconds(1);

    private readonly StoreSet _stores;
    private readonly BenchReport _report;
    private readonly TimeSpan _warmUp;
    private readonly TimeSpan _duration;
    private readonly int _rounds;
    private readonly Action<string> _tell;
    private readonly HashSet<object> _warm = [];

    /// <param name="stores">Where the stores come from.</param>
    /// <param name="report">Where the measurements go.</param>
    /// <param name="settings">How long, and how often.</param>
    /// <param name="tell">Takes a line for the person who waits, after each measurement.</param>
    public BenchRun(StoreSet stores, BenchReport report, BenchSettings settings, Action<string> tell)
    {
        (_stores, _report, _rounds, _tell) = (stores, report, settings.Rounds, tell);
        (_warmUp, _duration) = (TimeSpan.FromSeconds(settings.WarmUp), TimeSpan.FromSeconds(settings.Duration));
    }

    /// <summary>Measures them all.</summary>
    public async Task RunAsync(IReadOnlyList<Scenario> scenarios, CancellationToken cancellationToken)
    {
        for (var i = 0; i < scenarios.Count; i++)
        {
            var scenario = scenarios[i];
            await _stores.KeepOnlyAsync(SpecsOf(scenarios.Skip(i)));
            for (var round = 1; round <= _rounds; round++)
            {
                foreach (var contender in scenario.Contenders)
                {
                    await MeasureAsync(scenario, contender, round, cancellationToken);
                }
            }

            foreach (var spec in scenario.IsOneAtATime ? [] : SpecsOf([scenario]))
            {
                await VerifyAsync(spec, cancellationToken);
            }
        }
    }

    private async Task MeasureAsync(Scenario scenario, Contender contender, int round, CancellationToken cancellationToken)
    {
        if (scenario.IsOneAtATime)
        {
            await _stores.KeepOnlyAsync([]);
            _warm.Clear();
        }

        var store = await _stores.GetAsync(contender.Store, cancellationToken);
        _report.Stores.Add(store.Description);
        if (scenario.IsFilled && _warm.Add((contender.Store, contender.Workload.Keys)))
        {
            _tell($"{scenario.Name}: writing {contender.Workload.Keys:N0} keys to {contender.Store.Kind} first");
            await Measuring.FillAsync(store, contender.Workload, cancellationToken);
        }

        // Code is compiled in its final form only after a while, reads apart from writes.
        var isFirst = _warm.Add((contender.Store, contender.Workload.ReadShare, contender.Workload.IsAlive));
        var warmUp = isFirst || _warmUp < LaterWarmUp ? _warmUp : LaterWarmUp;
        if (await Measuring.RoundAsync(scenario, contender, round, store, warmUp, _duration, cancellationToken) is { } measurement)
        {
            _report.Measurements.Add(measurement);
            _tell(BenchTables.Line(measurement));
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (scenario.IsOneAtATime)
        {
            await VerifyAsync(contender.Store, cancellationToken);
        }
    }

    private async Task VerifyAsync(StoreSpec spec, CancellationToken cancellationToken)
    {
        var store = await _stores.GetAsync(spec, cancellationToken);
        if (await store.VerifyAsync(cancellationToken) is { } found)
        {
            _report.Verified.Add(found);
            _tell(found);
        }
    }

    private static StoreSpec[] SpecsOf(IEnumerable<Scenario> scenarios) =>
        [.. scenarios.SelectMany(scenario => scenario.Contenders).Select(contender => contender.Store).Distinct()];
}
