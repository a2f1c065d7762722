using System.Diagnostics;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <summary>
/// The spans of one commit on a follower: one for each sampled entry of each message, under the leader's span of the attempt
/// that brought it, whose id the message names; the trace is the entry's own. They are linked to one another.
/// </summary>
internal static class ApplySpans
{
    /// <summary>Records a commit that is over.</summary>
    /// <param name="messages">The messages that it confirms.</param>
    /// <param name="batch">The entries that it wrote; others were held already.</param>
    public static void Record(IReadOnlyList<EntriesMessage> messages, IReadOnlyDictionary<long, EncodedEntry> batch)
    {
        List<Activity>? spans = null;
        foreach (var message in messages)
        {
            var at = 0;
            foreach (var traced in message.Traced)
            {
                // The message names them in the order of its entries.
                while (at < message.Entries.Count && message.Entries[at].Lsn != traced.Lsn)
                {
                    at++;
                }

                if (at < message.Entries.Count && Start(message.Entries[at].Entry, traced, message.ReceivedAt) is { } span)
                {
                    // The same entry may come twice in one commit, and is written once.
                    var isWritten = batch.TryGetValue(traced.Lsn, out var written) && ReferenceEquals(written.Entry, message.Entries[at].Entry);
                    span.SetTag("kvstore.lsn", traced.Lsn);
                    span.SetTag("kvstore.batch.entries", batch.Count);
                    span.SetTag("kvstore.duplicate", !isWritten);
                    span.SetTag("kvstore.result", isWritten ? "written" : "held already");
                    (spans ??= []).Add(span);
                }
            }
        }

        NodeTracing.LinkAndEnd(spans);
    }

    private static Activity? Start(Entry entry, TracedEntry traced, DateTimeOffset receivedAt) =>
        entry.TraceContext.Length == NodeTracing.ContextBytes && traced.SpanId.Length == 8
            ? NodeTracing.Start(
                "apply", ActivityKind.Server, NodeTracing.ToContext([.. entry.TraceContext.Span[..16], .. traced.SpanId.Span]), receivedAt)
            : null;
}
