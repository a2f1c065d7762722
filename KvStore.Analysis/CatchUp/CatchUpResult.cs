using KvStore.Analysis.Load;

namespace KvStore.Analysis.CatchUp;

/// <summary>What one part has measured, as far as it went; figures that were not come to are null.</summary>
/// <param name="Part">Which part.</param>
internal sealed record CatchUpResult(string Part)
{
    /// <summary>Writes before the follower joined.</summary>
    public LoadResult? Before { get; init; }

    /// <summary>Writes while it caught up.</summary>
    public LoadResult? During { get; init; }

    /// <summary>Fsyncs of the leader before it joined.</summary>
    public Fsyncs? LeaderFsyncsBefore { get; init; }

    /// <summary>Fsyncs of the leader while it caught up.</summary>
    public Fsyncs? LeaderFsyncsDuring { get; init; }

    /// <summary>How long it took.</summary>
    public double? Seconds { get; init; }

    /// <summary>Entries, or keys of a snapshot, that the follower took in a second.</summary>
    public double? TakenPerSecond { get; init; }

    /// <summary>CPU that the leader spent meanwhile.</summary>
    public double? LeaderCpuSeconds { get; init; }

    /// <summary>CPU that the follower spent.</summary>
    public double? FollowerCpuSeconds { get; init; }

    /// <summary>Resident memory of the leader before, in MiB.</summary>
    public long? LeaderMbBefore { get; init; }

    /// <summary>The most that it was, in MiB.</summary>
    public long? LeaderMbMax { get; init; }

    /// <summary>Writes a second that the leader took with a follower down.</summary>
    public double? WritesPerSecond { get; init; }

    /// <summary>The size of the leader's folder from time to time, in MiB.</summary>
    public IReadOnlyList<long>? LeaderDiskMb { get; init; }

    /// <summary>From the start of a follower's process with data to its first healthy answer, in seconds, round by round.</summary>
    public IReadOnlyList<double>? FollowerReadySeconds { get; init; }

    /// <summary>The same of the leader.</summary>
    public IReadOnlyList<double>? LeaderReadySeconds { get; init; }

    /// <summary>How many times the 99th percentile of before that during catch-up is.</summary>
    public double? P99Times => During?.P99Ms / Before?.P99Ms;

    /// <summary>Whether all nodes ended with the same digest; null when it was not come to.</summary>
    public bool? IsIdentical { get; init; }
}
