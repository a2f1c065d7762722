using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard.Metrics;

/// <summary>Fills a store of metrics with what nodes would send, every two seconds up to noon.</summary>
internal static class MetricData
{
    public const string Meter = "KvStore.Node";
    private static readonly double[] Bounds = [0.1, 0.5, 1];

    public static TelemetryResource Resource(this TelemetryResources resources, string name) => resources.Get(name, name + "-1", []);

    /// <summary>A histogram of one measurement between 0.1 and 0.5 a second, the last with an exemplar.</summary>
    public static void AddDurations(this MetricStore store, TelemetryResource resource, string name = "kvstore.write.duration", string outcome = "ok") =>
        Add(store, new(resource, Meter, name, "s", "How long it took.", InstrumentKind.Histogram), seconds => new()
        {
            Dimensions = [new("kvstore.outcome", outcome)],
            Start = Make.Noon.AddMinutes(-10),
            At = Make.Noon.AddSeconds(-seconds),
            Value = 100 - seconds,
            Bounds = Bounds,
            Buckets = [0, 100 - seconds, 0, 0],
            Exemplars = seconds == 0 ? [new(0.3, Make.Noon.AddSeconds(-1), Make.TraceId(7), "00000000000000aa", [new("kvstore.outcome", outcome)])] : [],
        });

    /// <summary>A gauge with a value for each follower.</summary>
    public static void AddLag(this MetricStore store, TelemetryResource resource, params (string Follower, double Value)[] values)
    {
        foreach (var (follower, value) in values)
        {
            Add(store, new(resource, Meter, "kvstore.replication.lag.entries", "{entry}", "", InstrumentKind.Gauge), seconds => new()
            {
                Dimensions = [new("kvstore.follower", follower)],
                At = Make.Noon.AddSeconds(-seconds),
                Value = value,
            });
        }
    }

    /// <summary>A counter that grows by two a second.</summary>
    public static void AddRequests(this MetricStore store, TelemetryResource resource) =>
        Add(store, new(resource, "Microsoft.AspNetCore.Hosting", "http.requests", "{request}", "", InstrumentKind.Counter), seconds => new()
        {
            Dimensions = [],
            Start = Make.Noon.AddMinutes(-10),
            At = Make.Noon.AddSeconds(-seconds),
            Value = 1_000 - (2 * seconds),
        });

    private static void Add(MetricStore store, InstrumentInfo instrument, Func<int, PointUpdate> point)
    {
        for (var seconds = 60; seconds >= 0; seconds -= 2)
        {
            store.Add([new(instrument, IsDelta: false, [point(seconds)])]);
        }
    }
}
