using System.Diagnostics;

namespace KvStore.Node.Telemetry;

/// <summary>The node's trace source, and the names on its spans.</summary>
internal static class NodeTracing
{
    /// <summary>Bytes of a trace context in an entry: trace id and span id.</summary>
    public const int ContextBytes = 24;

    /// <summary>The most links of a span to others of its batch: a batch may carry a thousand sampled writes.</summary>
    public const int LinksMax = 16;

    /// <summary>The spans of writes: commit, replicate, apply.</summary>
    public static readonly ActivitySource Source = new("KvStore.Node");

    /// <summary>The context of a sampled span as it travels in an entry; empty for one that is not sampled.</summary>
    public static byte[] ToBytes(ActivityContext context)
    {
        if (!context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
        {
            return [];
        }

        var bytes = new byte[ContextBytes];
        context.TraceId.CopyTo(bytes.AsSpan(0, 16)); // Each wants a span of exactly its size.
        context.SpanId.CopyTo(bytes.AsSpan(16, 8));
        return bytes;
    }

    /// <summary>The context in an entry; the default one when the entry's write is not sampled.</summary>
    public static ActivityContext ToContext(ReadOnlySpan<byte> bytes) => bytes.Length != ContextBytes
        ? default
        : new ActivityContext(
            ActivityTraceId.CreateFromBytes(bytes[..16]), ActivitySpanId.CreateFromBytes(bytes[16..]), ActivityTraceFlags.Recorded, isRemote: true);

    /// <summary>Starts a span under an entry's context, with no influence from, or on, what the calling loop runs in.</summary>
    /// <returns>Null when the entry is not sampled or nobody listens.</returns>
    public static Activity? Start(string name, ActivityKind kind, ActivityContext parent, DateTimeOffset startedAt)
    {
        if (parent == default)
        {
            return null;
        }

        var ambient = Activity.Current;
        var span = Source.StartActivity(name, kind, parent, startTime: startedAt);
        Activity.Current = ambient;
        return span;
    }

    /// <summary>Links the spans of one batch to one another, each to the <see cref="LinksMax"/> that follow it, round about.</summary>
    public static void Link(IReadOnlyList<Activity> spans)
    {
        for (var i = 0; i < spans.Count; i++)
        {
            for (var k = 1; k <= Math.Min(LinksMax, spans.Count - 1); k++)
            {
                spans[i].AddLink(new ActivityLink(spans[(i + k) % spans.Count].Context));
            }
        }
    }

    /// <summary>Links the spans of one batch and ends them; null for none.</summary>
    public static void LinkAndEnd(List<Activity>? spans)
    {
        if (spans is not null)
        {
            Link(spans);
            spans.ForEach(span => span.Dispose());
        }
    }
}
