using Google.Protobuf;
using KvStore.Dashboard.Otlp.Wire;
using Resource = KvStore.Dashboard.Otlp.Wire.Resource;

namespace KvStore.Tests.Dashboard;

/// <summary>Messages of OTLP to send.</summary>
internal static class WireMessages
{
    public static ByteString TraceId { get; } = ByteString.CopyFrom(Convert.FromHexString("0102030405060708090a0b0c0d0e0f10"));

    public static ByteString SpanId { get; } = ByteString.CopyFrom(Convert.FromHexString("a1a2a3a4a5a6a7a8"));

    public static ExportTraceServiceRequest Traces(params Span[] spans) => new()
    {
        ResourceSpans =
        {
            new ResourceSpans
            {
                Resource = new Resource { Attributes = { Text("service.name", "leader"), Text("service.instance.id", "one") } },
                ScopeSpans = { new ScopeSpans { Scope = new() { Name = "KvStore.Node" }, Spans = { spans } } },
            },
        },
    };

    public static Span Span(string name = "POST /keys") => new()
    {
        TraceId = TraceId,
        SpanId = SpanId,
        Name = name,
        Kind = KvStore.Dashboard.Otlp.Wire.Span.Types.SpanKind.Server,
        StartTimeUnixNano = 1_700_000_000_123_456_700,
        EndTimeUnixNano = 1_700_000_000_123_457_900,
    };

    public static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };
}
