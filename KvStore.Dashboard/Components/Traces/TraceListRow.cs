using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>A row of the list of traces. Immutable: a trace that has grown gets a new one.</summary>
/// <remarks>Public because components are, and take it as a parameter.</remarks>
public sealed class TraceListRow
{
    private const int ShortIdLength = 7;

    private TraceListRow(TraceSummary summary, WriteTrace? write)
    {
        Summary = summary;
        Root = summary.Resources.Select(r => r.Resource)
            .FirstOrDefault(r => summary.Name.StartsWith(r.Name + ": ", StringComparison.Ordinal)) ?? summary.Resources[0].Resource;
        Resources = [.. summary.Resources.OrderBy(r => r.Resource.Colour).ThenBy(r => r.Resource.Name, StringComparer.Ordinal)];
        WriteQuorum = write?.WriteQuorum;
        WaitedFor = write?.WaitedFor;
        WaitedForColour = summary.Resources.FirstOrDefault(r => r.Resource.Name == WaitedFor).Resource?.Colour ?? Palette.Other;
        Lsn = write?.Lsn;
        Outcome = write?.Outcome is null or "success" ? null : write.Outcome;
    }

    /// <summary>The store's line.</summary>
    internal TraceSummary Summary { get; }

    /// <summary>Who has the root.</summary>
    internal TelemetryResource Root { get; }

    /// <summary>Who has spans in it, each at the same place in every row.</summary>
    internal IReadOnlyList<ResourceSpanCount> Resources { get; }

    /// <summary>The beginning of the trace's id, enough to tell traces apart by eye.</summary>
    internal string ShortId => Summary.TraceId[..ShortIdLength];

    /// <summary>When it began, to the millisecond, by the clock of the dashboard's machine.</summary>
    internal string Time => Summary.Start.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>W; null when the trace is not of a write, or its answer has not come.</summary>
    internal int? WriteQuorum { get; }

    /// <summary>The follower whose confirmation the answer waited for; null when there is none.</summary>
    internal string? WaitedFor { get; }

    /// <summary>That follower's colour in the palette.</summary>
    internal int WaitedForColour { get; }

    /// <summary>The write's number; null when there is none.</summary>
    internal string? Lsn { get; }

    /// <summary>What the client was told; null for success, and for what is not a write.</summary>
    internal string? Outcome { get; }

    /// <summary>Which part of the duration had gone by when the client had its answer, in percent.</summary>
    internal double AnsweredPercent =>
        Summary.Duration > TimeSpan.Zero ? Math.Min(100, 100 * (Summary.RootDuration / Summary.Duration)) : 100;

    /// <summary>Makes a row.</summary>
    /// <param name="summary">The store's line.</param>
    /// <param name="trace">The trace; null when it was dropped a moment ago.</param>
    internal static TraceListRow Of(TraceSummary summary, Trace? trace) =>
        new(summary, trace is null ? null : WriteTrace.AllOf(trace) is [var write] ? write : null);
}
