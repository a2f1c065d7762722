using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Telemetry;

/// <summary>A span as it arrived over OTLP. Ids are lower-case hexadecimal, times exact to 100 ns.</summary>
/// <param name="ParentSpanId">Null for a root.</param>
/// <param name="Source">The name of the activity source.</param>
/// <param name="Attributes">Values are string, bool, long, double or a list of those.</param>
public sealed record ReceivedSpan(
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string Name,
    ActivityKind Kind,
    string ServiceName,
    string Source,
    DateTimeOffset Start,
    DateTimeOffset End,
    IReadOnlyDictionary<string, object?> Attributes,
    IReadOnlyList<ReceivedEvent> Events,
    ActivityStatusCode Status,
    string StatusMessage);

/// <summary>An event on a span.</summary>
public sealed record ReceivedEvent(string Name, DateTimeOffset Time, IReadOnlyDictionary<string, object?> Attributes);

/// <summary>A metric; of a histogram the upper bounds of its buckets as well, and the traces that its exemplars lead to.</summary>
public sealed record ReceivedMetric(string ServiceName, string Name, string Unit, IReadOnlyList<double> Bounds, IReadOnlyList<string> ExemplarTraceIds);

/// <summary>A log record; the trace id is empty when it was written outside a span.</summary>
public sealed record ReceivedLog(string ServiceName, string Category, string Severity, string Body, string TraceId);

/// <summary>A request to the receiver.</summary>
public sealed record ReceivedRequest(string Path, IHeaderDictionary Headers);
