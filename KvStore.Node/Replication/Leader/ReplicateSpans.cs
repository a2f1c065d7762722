using System.Diagnostics;
using Google.Protobuf;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The spans of one send: one for each entry whose write is sampled, under that write's server span, linked to the others in
/// the message. A span covers the simulated lag as well; the event <c>send</c> marks where the lag ends and the work begins.
/// A send that is tried again gets new spans. A message without a sampled entry costs nothing here.
/// </summary>
internal sealed class ReplicateSpans(int lane, string follower, SendAttempts attempts, TimeProvider time) : IDisposable
{
    private List<Activity>? _spans;

    /// <summary>Starts the spans, now that the message is about to leave.</summary>
    /// <param name="kind">Why the entries are sent.</param>
    /// <param name="entries">The entries of the message.</param>
    /// <param name="batchLag">The simulated lag that the message as a whole has waited for until now.</param>
    /// <returns>What the message says of them, so that the follower's spans hang under them.</returns>
    public IReadOnlyList<TracedEntry> Start(BatchKind kind, IReadOnlyList<OutgoingEntry> entries, TimeSpan batchLag)
    {
        List<TracedEntry>? traced = null;
        foreach (var entry in entries)
        {
            if (entry.TraceContext.IsEmpty)
            {
                continue;
            }

            var now = time.GetUtcNow();
            var isFresh = kind == BatchKind.Fresh;
            if (NodeTracing.Start(
                $"replicate {follower}", ActivityKind.Client, NodeTracing.ToContext(entry.TraceContext.Span), isFresh ? entry.CommittedAt : now - batchLag) is not { } span)
            {
                continue;
            }

            span.SetTag("kvstore.follower", follower);
            span.SetTag("kvstore.lsn", entry.Lsn);
            span.SetTag("kvstore.attempt", attempts.Next(entry.Lsn));
            span.SetTag("kvstore.batch.kind", NameOf(kind));
            span.SetTag("kvstore.batch.entries", entries.Count);
            span.SetTag("kvstore.lag_ms", (isFresh && entry.Delays is { } delays ? delays[lane] : batchLag).TotalMilliseconds);
            span.AddEvent(new ActivityEvent("send", now));
            (_spans ??= []).Add(span);
            (traced ??= []).Add(new TracedEntry { Lsn = entry.Lsn, SpanId = SpanIdBytes(span) });
        }

        if (_spans is not null)
        {
            NodeTracing.Link(_spans);
        }

        return traced ?? (IReadOnlyList<TracedEntry>)[];
    }

    /// <summary>Ends the spans with the outcome of the send.</summary>
    /// <param name="error">What went wrong, in words; null when the follower has confirmed.</param>
    public void End(string? error)
    {
        foreach (var span in _spans ?? [])
        {
            span.SetTag("kvstore.result", error is null ? "confirmed" : "failed");
            if (error is not null)
            {
                span.SetStatus(ActivityStatusCode.Error, error);
            }
        }

        Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _spans?.ForEach(span => span.Dispose());
        _spans = null;
    }

    private static string NameOf(BatchKind kind) => kind switch
    {
        BatchKind.Fresh => "fresh",
        BatchKind.Retry => "retry",
        BatchKind.CatchUp => "catch_up",
        BatchKind.Heartbeat => "heartbeat",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static ByteString SpanIdBytes(Activity span)
    {
        Span<byte> bytes = stackalloc byte[8];
        span.SpanId.CopyTo(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
