using System.Diagnostics;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>The spans of one commit: one for each sampled write in it, under that write's server span, and linked to one another.</summary>
internal static class CommitSpans
{
    /// <summary>Records a commit that is over.</summary>
    /// <param name="writes">Its writes.</param>
    /// <param name="entries">Their entries, in the same order.</param>
    /// <param name="startedAt">When it began.</param>
    /// <param name="endedAt">When its fsync had returned.</param>
    /// <param name="error">What went wrong, in words; null when all is on disk.</param>
    public static void Record(
        IReadOnlyList<PendingWrite> writes, IReadOnlyList<EncodedEntry> entries, DateTimeOffset startedAt, DateTimeOffset endedAt, string? error)
    {
        List<Activity>? spans = null;
        var bytes = -1L;
        for (var i = 0; i < writes.Count; i++)
        {
            if (NodeTracing.Start("commit", ActivityKind.Internal, writes[i].Trace, startedAt) is not { } span)
            {
                continue;
            }

            bytes = bytes < 0 ? entries.Sum(entry => (long)entry.Bytes.Length) : bytes;
            span.SetTag("kvstore.lsn", entries[i].Lsn);
            span.SetTag("kvstore.batch.entries", entries.Count);
            span.SetTag("kvstore.batch.bytes", bytes);
            span.SetEndTime(endedAt.UtcDateTime);
            if (error is not null)
            {
                span.SetStatus(ActivityStatusCode.Error, error);
            }

            (spans ??= []).Add(span);
        }

        NodeTracing.LinkAndEnd(spans);
    }
}
