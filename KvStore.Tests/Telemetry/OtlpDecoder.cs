using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Collections;
using KvStore.Dashboard.Otlp.Wire;
using Resource = KvStore.Dashboard.Otlp.Wire.Resource;

namespace KvStore.Tests.Telemetry;

/// <summary>Turns OTLP messages into flat records that each know their service.</summary>
internal static class OtlpDecoder
{
    public static IEnumerable<ReceivedSpan> Spans(byte[] body) =>
        from resource in ExportTraceServiceRequest.Parser.ParseFrom(body).ResourceSpans
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select new ReceivedSpan(
            Hex(span.TraceId),
            Hex(span.SpanId),
            span.ParentSpanId.IsEmpty ? null : Hex(span.ParentSpanId),
            span.Name,
            (ActivityKind)((int)span.Kind - 1), // OTLP counts from 1, with 0 for unspecified, in the same order.
            ServiceName(resource.Resource),
            scope.Scope?.Name ?? "",
            Time(span.StartTimeUnixNano),
            Time(span.EndTimeUnixNano),
            Attributes(span.Attributes),
            [.. span.Events.Select(e => new ReceivedEvent(e.Name, Time(e.TimeUnixNano), Attributes(e.Attributes)))],
            (ActivityStatusCode)(int)(span.Status?.Code ?? 0),
            span.Status?.Message ?? "");

    public static IEnumerable<ReceivedMetric> Metrics(byte[] body) =>
        from resource in ExportMetricsServiceRequest.Parser.ParseFrom(body).ResourceMetrics
        from scope in resource.ScopeMetrics
        from metric in scope.Metrics
        select new ReceivedMetric(
            ServiceName(resource.Resource),
            metric.Name,
            metric.Unit,
            [.. metric.Histogram?.DataPoints.FirstOrDefault()?.ExplicitBounds ?? []],
            [.. (metric.Histogram?.DataPoints ?? []).SelectMany(point => point.Exemplars).Select(exemplar => Hex(exemplar.TraceId))]);

    public static IEnumerable<ReceivedLog> Logs(byte[] body) =>
        from resource in ExportLogsServiceRequest.Parser.ParseFrom(body).ResourceLogs
        from scope in resource.ScopeLogs
        from log in scope.LogRecords
        select new ReceivedLog(
            ServiceName(resource.Resource),
            scope.Scope?.Name ?? "",
            log.SeverityText,
            log.Body?.StringValue ?? "",
            Hex(log.TraceId));

    private static string ServiceName(Resource? resource) =>
        resource?.Attributes.FirstOrDefault(a => a.Key == "service.name")?.Value.StringValue ?? "";

    private static Dictionary<string, object?> Attributes(RepeatedField<KeyValue> attributes) =>
        attributes.ToDictionary(a => a.Key, a => Value(a.Value));

    private static object? Value(AnyValue value) => value.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue,
        AnyValue.ValueOneofCase.IntValue => value.IntValue,
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue,
        AnyValue.ValueOneofCase.ArrayValue => value.ArrayValue.Values.Select(Value).ToList(),
        _ => null,
    };

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static DateTimeOffset Time(ulong unixNanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(unixNanoseconds / 100));
}
