using System.Globalization;
using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench;

/// <summary>What the options ask for, as scenarios.</summary>
internal static class Scenarios
{
    private const int ManyKeys = 1_000_000;
    private const string MillionKeys = "million-keys";
    private const string Tracing = "tracing";
    private const string FanOut = "fan-out";

    /// <summary>All prepared ones.</summary>
    public static readonly string[] Names = ["writes-50", "writes-200", "latency-1", "reads", MillionKeys, Tracing, FanOut];

    /// <summary>Whether a scenario needs more than the one cluster that may be running.</summary>
    public static bool NeedsClusters(string name) => name is MillionKeys or Tracing or FanOut;

    /// <summary>The scenarios that the options name, or the one that they describe.</summary>
    public static IReadOnlyList<Scenario> From(BenchSettings settings)
    {
        var workload = new Workload { ValueBytes = settings.ValueBytes, WriteQuorum = settings.Quorum };
        var plain = new StoreSpec(ContenderNames.KvStore, settings.Followers ?? 5, settings.Quorum);
        return settings.ScenarioList is { Length: > 0 } names ? [.. names.SelectMany(Prepared)] : [Described()];

        IEnumerable<Scenario> Prepared(string name) => name switch
        {
            "writes-50" => [Beside(name, Measure.OperationsPerSecond, workload with { Connections = 50 })],
            "writes-200" => [Beside(name, Measure.OperationsPerSecond, workload with { Connections = 200 })],
            "latency-1" => [Beside(name, Measure.MedianLatency, workload with { Connections = 1 })],
            "reads" =>
            [
                new(name, Measure.OperationsPerSecond,
                [
                    new("GET /keys/{key}", plain, workload with { ReadShare = 1 }),
                    new("GET /alive", plain, workload with { IsAlive = true }),
                ]) { IsFilled = true },
            ],
            MillionKeys =>
            [
                new(name, Measure.OperationsPerSecond,
                [
                    new("1,000,000 keys", plain with { Variant = StoreVariant.ManyKeys }, workload with { Keys = ManyKeys }),
                    new("10,000 keys", plain, workload),
                ]) { IsFilled = true },
            ],
            Tracing =>
            [
                Traced($"{name}, 50 connections", Measure.OperationsPerSecond, 50),
                Traced($"{name}, 200 connections", Measure.OperationsPerSecond, 200),
                Traced($"{name}, 1 connection", Measure.MedianLatency, 1),
            ],
            _ => [Fanned(name)],
        };

        Scenario Described() => Beside(
            "as asked",
            settings is { Rate: null, Connections: not 1 } ? Measure.OperationsPerSecond : Measure.MedianLatency,
            workload with
            {
                Connections = settings.Connections ?? workload.Connections,
                RatePerSecond = settings.Rate,
                Keys = settings.Keys ?? workload.Keys,
                ReadShare = settings.ReadShare ?? 0,
            }) with
        { IsFilled = settings.ReadShare > 0 };

        Scenario Beside(string name, Measure measure, Workload of) => new(
            name, measure, [new(ContenderNames.KvStore, plain, of), .. settings.PeerList.Select(peer => new Contender(peer, plain with { Kind = peer }, of))]);

        Scenario Traced(string name, Measure measure, int connections) => new(
            name, measure,
            [
                new("sampled", plain with { Variant = StoreVariant.TracesSampled }, workload with { Connections = connections }),
                new("off", plain with { Variant = StoreVariant.TracesOff }, workload with { Connections = connections }),
            ]);

        // Every follower confirms, so that the work of all of them is within what is measured.
        Scenario Fanned(string name)
        {
            Contender[] contenders =
            [
                .. Enumerable.Range(1, 5).Select(n => new Contender(
                    n == 1 ? "1 follower" : string.Create(CultureInfo.InvariantCulture, $"{n} followers"),
                    new(ContenderNames.KvStore, n, n),
                    workload with { WriteQuorum = n })),
            ];
            return new(name, Measure.CpuPerOperation, contenders) { IsOneAtATime = true, Ratios = [.. contenders.Skip(1).Select(more => (more, contenders[0]))] };
        }
    }
}
