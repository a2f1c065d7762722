using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>Makes the spans of a write as the nodes send them. Times are milliseconds from <see cref="At"/>.</summary>
internal sealed class WriteSpans
{
    private readonly TelemetryResources _resources;
    private readonly UInt128 _trace;
    private ulong _lastSpan;

    /// <summary>Begins a trace without spans.</summary>
    public WriteSpans(TelemetryResources? resources = null, ulong trace = 0xabc)
    {
        _resources = resources ?? new TelemetryResources(new StoreLimits(), TimeProvider.System);
        _trace = trace;
        Server = Next();
    }

    /// <summary>When the trace begins.</summary>
    public DateTimeOffset At { get; init; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The id of the server span, whether it is there or not.</summary>
    public ulong Server { get; }

    /// <summary>The spans so far.</summary>
    public List<SpanRecord> Spans { get; } = [];

    /// <summary>
    /// The usual write: a commit of 3 ms from 1 ms on; five followers with lags of 100, 402, 200, 600 and 610 ms and 5 ms of sending;
    /// W is 3, so that the answer waits for follower2, whose confirmation is there at 411 ms.
    /// </summary>
    public static WriteSpans Usual(TelemetryResources? resources = null, ulong trace = 0xabc, DateTimeOffset? at = null)
    {
        var write = at is { } start ? new WriteSpans(resources, trace) { At = start } : new WriteSpans(resources, trace);
        write.AddCommit(1, 4);
        double[] lags = [100, 402, 200, 600, 610];
        for (var i = 0; i < lags.Length; i++)
        {
            write.AddSend($"follower{i + 1}", 4, lags[i], 4 + lags[i], 9 + lags[i]);
        }

        write.AddServer(412, quorumAt: 411, "follower2");
        return write;
    }

    /// <summary>The trace as the store would give it.</summary>
    public Trace ToTrace()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add(Spans);
        return store.Find(TelemetryIds.Format(_trace))!;
    }

    /// <summary>Adds the server span.</summary>
    public SpanRecord AddServer(
        double to, double? quorumAt, string? waitedFor, string outcome = "success", int quorum = 3, string error = "", ulong parent = 0) => Add(
        "leader", "POST /keys", Server, parent, 0, to,
        [
            new("kvstore.lsn", "17"), new("kvstore.write_quorum", Text(quorum)), new("kvstore.outcome", outcome),
            .. waitedFor is null ? [] : new KeyValuePair<string, string>[] { new("kvstore.waited_for", waitedFor) },
        ],
        quorumAt is { } at ? [new("quorum", Time(at), [new("kvstore.follower", waitedFor ?? ""), new("kvstore.confirmations", Text(quorum))])] : [],
        error, SpanKind.Server);

    /// <summary>Adds the commit.</summary>
    public SpanRecord AddCommit(double from, double to) => Add("leader", "commit", Next(), Server, from, to, [new("kvstore.lsn", "17")]);

    /// <summary>Adds a send with the follower's span under it.</summary>
    /// <returns>The send.</returns>
    public SpanRecord AddSend(
        string follower, double from, double? lagMs, double? sendAt, double to, string error = "", int attempt = 1, double applyBehind = 0, bool apply = true)
    {
        var send = Add(
            "leader", $"replicate {follower}", Next(), Server, from, to,
            [
                new("kvstore.follower", follower), new("kvstore.attempt", Text(attempt)), new("kvstore.result", error.Length == 0 ? "confirmed" : "failed"),
                .. lagMs is { } lag ? [new("kvstore.lag_ms", Text(lag))] : Array.Empty<KeyValuePair<string, string>>(),
            ],
            sendAt is { } at ? [new("send", Time(at), [])] : [], error, SpanKind.Client);
        if (apply && error.Length == 0)
        {
            Add(follower, "apply", Next(), send.SpanKey, (sendAt ?? from) + 1 - applyBehind, to - 1 - applyBehind, [new("kvstore.lsn", "17")], kind: SpanKind.Server);
        }

        return send;
    }

    /// <summary>Adds any span.</summary>
    public SpanRecord Add(
        string resource, string name, ulong id, ulong parent, double from, double to, IReadOnlyList<KeyValuePair<string, string>>? attributes = null,
        IReadOnlyList<SpanEvent>? events = null, string error = "", SpanKind kind = SpanKind.Internal, IReadOnlyList<SpanLink>? links = null)
    {
        var span = new SpanRecord
        {
            TraceKey = _trace,
            SpanKey = id,
            ParentKey = parent,
            Name = name,
            Kind = kind,
            Resource = _resources.Get(resource, "1", []),
            ScopeName = "KvStore.Node",
            Start = Time(from),
            Duration = TimeSpan.FromMilliseconds(to - from),
            Status = error.Length == 0 ? SpanStatus.Unset : SpanStatus.Error,
            StatusMessage = error,
            Attributes = attributes ?? [],
            Events = events ?? [],
            Links = links ?? [],
        };
        Spans.Add(span);
        return span;
    }

    /// <summary>An id that no span has.</summary>
    public ulong Next() => ((ulong)_trace << 16) + ++_lastSpan;

    /// <summary>A time of the trace.</summary>
    public DateTimeOffset Time(double ms) => At + TimeSpan.FromMilliseconds(ms);

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
