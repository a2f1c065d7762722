using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>A row of the list of traces. Immutable: a trace that has grown gets a new one.</summary>
internal sealed class TraceListRow
{
    private const int ShortIdLength = 7;

    private TraceListRow(TraceSummary summary, WriteTrace? write)
    {
        Summary = summary;
        Root = summary.Resources.Select(r => r.Resource)
            .FirstOrDefault(r => summary.Name.StartsWith(r.Name + ": ", StringComparison.Ordinal)) ?? summary.Resources[0].Resource;
        WriteQuorum = write?.WriteQuorum;
        WaitedFor = write?.WaitedFor;
        Lsn = write?.Lsn;
        Outcome = write?.Outcome is null or "success" ? null : write.Outcome;
    }

    /// <summary>The store's line.</summary>
    public TraceSummary Summary { get; }

    /// <summary>Who has the root.</summary>
    public TelemetryResource Root { get; }

    /// <summary>The beginning of the trace's id, enough to tell traces apart by eye.</summary>
    public string ShortId => Summary.TraceId[..ShortIdLength];

    /// <summary>When it began, to the millisecond, by the clock of the dashboard's machine.</summary>
    public string Time => Summary.Start.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>W; null when the trace is not of a write, or its answer has not come.</summary>
    public int? WriteQuorum { get; }

    /// <summary>The follower whose confirmation the answer waited for; null when there is none.</summary>
    public string? WaitedFor { get; }

    /// <summary>The write's number; null when there is none.</summary>
    public string? Lsn { get; }

    /// <summary>What the client was told; null for success, and for what is not a write.</summary>
    public string? Outcome { get; }

    /// <summary>Which part of the duration had gone by when the client had its answer, in percent.</summary>
    public double AnsweredPercent =>
        Summary.Duration > TimeSpan.Zero ? Math.Min(100, 100 * (Summary.RootDuration / Summary.Duration)) : 100;

    /// <summary>Makes a row.</summary>
    /// <param name="summary">The store's line.</param>
    /// <param name="trace">The trace; null when it was dropped a moment ago.</param>
    public static TraceListRow Of(TraceSummary summary, Trace? trace) =>
        new(summary, trace is null ? null : WriteTrace.AllOf(trace) is [var write] ? write : null);
}
