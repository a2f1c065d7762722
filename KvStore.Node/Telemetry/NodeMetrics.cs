using System.Diagnostics.Metrics;

namespace KvStore.Node.Telemetry;

/// <summary>The node's instruments. Durations are in seconds.</summary>
internal sealed class NodeMetrics
{
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries =
            [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<int> Counts = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096],
    };

    /// <summary>Makes the instruments in a meter of the container's factory.</summary>
    public NodeMetrics(IMeterFactory factory)
    {
        Meter = factory.Create("KvStore.Node");
        WriteDuration = Meter.CreateHistogram(
            "kvstore.write.duration", "s", "From a write's arrival to its answer, by kvstore.outcome.", advice: Seconds);
        WriteOverhead = Meter.CreateHistogram(
            "kvstore.write.overhead", "s", "Write duration less the W-th smallest simulated lag drawn for the write.", advice: Seconds);
        ReplicationLatency = Meter.CreateHistogram(
            "kvstore.replication.latency", "s", "From an entry's commit on the leader to its confirmation, by kvstore.follower.", advice: Seconds);
        FsyncDuration = Meter.CreateHistogram(
            "kvstore.commit.fsync.duration", "s", "One atomic batch with its fsync.", advice: Seconds);
        BatchSize = Meter.CreateHistogram(
            "kvstore.commit.batch.size", "{entry}", "Entries in one commit.", advice: Counts);
    }

    /// <summary>For gauges that read the state of a role.</summary>
    public Meter Meter { get; }

    public Histogram<double> WriteDuration { get; }

    public Histogram<double> WriteOverhead { get; }

    public Histogram<double> ReplicationLatency { get; }

    public Histogram<double> FsyncDuration { get; }

    public Histogram<int> BatchSize { get; }
}
