using System.Diagnostics;
using System.Diagnostics.Metrics;
using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KvStore.Tests.Dashboard;

/// <summary>The real exporter against the real receiver.</summary>
public sealed partial class OtlpExporterTests
{
    private readonly string _name = $"KvStore.Tests.{Guid.NewGuid():N}"; // Sources are global, and tests run side by side.

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Spans_logs_and_metrics_of_a_trace_find_one_another(OtlpExportProtocol protocol)
    {
        await using var server = await OtlpServer.StartAsync(new() { ApiKey = "right" });
        string traceId, spanId;
        using (var source = new ActivitySource(_name))
        using (var meter = new Meter(_name))
        using (var traces = Traces(server, protocol))
        using (var metrics = Sdk.CreateMeterProviderBuilder()
            .AddMeter(_name)
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .SetResourceBuilder(Leader())
            .AddOtlpExporter(o => To(server, protocol, "/v1/metrics", o))
            .Build())
        using (var logs = LoggerFactory.Create(b => b.AddOpenTelemetry(o =>
        {
            o.SetResourceBuilder(Leader());
            o.AddOtlpExporter(e => To(server, protocol, "/v1/logs", e));
        })))
        {
            var duration = meter.CreateHistogram<double>("kvstore.write.duration", "s", "A write.", advice: new() { HistogramBucketBoundaries = [0.1, 0.2] });
            using (var write = source.StartActivity("POST /keys", ActivityKind.Server)!)
            {
                using var commit = source.StartActivity("commit");
                commit!.AddEvent(new("quorum reached"));
                duration.Record(0.15, new KeyValuePair<string, object?>("kvstore.outcome", "ok"));
                LogLost(logs.CreateLogger("KvStore.Node"), "follower1", new InvalidOperationException("refused"));
                (traceId, spanId) = (commit.TraceId.ToString(), commit.SpanId.ToString());
            }

            Assert.True(traces.ForceFlush());
            Assert.True(metrics.ForceFlush());
        } // The log's exporter sends when it is disposed.

        var trace = server.Traces.Find(traceId)!;
        var places = SpanTree.Build(trace.Spans);
        Assert.Equal([("POST /keys", 0), ("commit", 1)], places.Select(place => (place.Span.Name, place.Depth)));
        Assert.Equal(spanId, places[1].Span.SpanId);
        Assert.Empty(trace.Orphans);

        var log = Assert.Single(server.Logs.Query(new() { TraceId = traceId, SpanId = spanId }).Items);
        Assert.Equal((LogSeverity.Warning, "follower1 does not follow", "KvStore.Node"), (log.Severity, log.Message, log.Category));
        Assert.Contains("InvalidOperationException: refused", log.ExceptionText, StringComparison.Ordinal);

        var instrument = Assert.Single(server.Metrics.Instruments());
        Assert.Equal(("kvstore.write.duration", "s", InstrumentKind.Histogram), (instrument.Name, instrument.Unit, instrument.Kind));
        var query = new MetricQuery { Resource = instrument.Resource, Meter = instrument.Meter, Name = instrument.Name, GroupBy = "kvstore.outcome" };
        var chart = server.Metrics.Percentiles(query, [0.5])!;
        Assert.Equal("ok p50", Assert.Single(chart.Lines).Label);
        Assert.Equal(0.15, chart.Lines[0].Values.Last(v => v is not null)!.Value, 9);
        Assert.Equal((0.15, traceId, spanId), (chart.Exemplars[0].Value, chart.Exemplars[0].TraceId, chart.Exemplars[0].SpanId));
    }

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Thousands_of_spans_a_second_all_arrive(OtlpExportProtocol protocol)
    {
        const int Traces = 2_000;
        await using var server = await OtlpServer.StartAsync(new() { ApiKey = "right" }, new() { TracesMax = 500 });
        using (var source = new ActivitySource(_name))
        using (var provider = this.Traces(server, protocol))
        {
            for (var i = 0; i < Traces; i++)
            {
                using (var root = source.StartActivity("POST /keys", ActivityKind.Server)!)
                {
                    root.SetTag("kvstore.lsn", i);
                    for (var follower = 1; follower <= 5; follower++)
                    {
                        source.StartActivity("replicate", ActivityKind.Client)!.SetTag("kvstore.follower", follower).Dispose();
                    }
                }

                if (i % 200 == 199)
                {
                    Assert.True(provider.ForceFlush()); // The exporter's own queue holds 2,048.
                }
            }
        }

        Assert.Equal(new StoreCounters(Traces * 6, 500, 500, Traces - 500, 0), server.Traces.Counters);
        var page = server.Traces.Query(new() { Take = 500 });
        Assert.All(page.Items, t => Assert.Equal((6, true), (t.SpanCount, t.HasRoot)));
        Assert.Equal(Traces - 500, server.Traces.Query(new() { Take = 500 }).Items
            .Min(t => int.Parse(server.Traces.Find(t.TraceId)!.Root.Attribute("kvstore.lsn")!, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Empty(server.Errors);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Follower} does not follow")]
    private static partial void LogLost(ILogger logger, string follower, Exception exception);

    private static ResourceBuilder Leader() => ResourceBuilder.CreateEmpty().AddService("leader", serviceInstanceId: "one");

    private static void To(OtlpServer server, OtlpExportProtocol protocol, string path, OtlpExporterOptions options)
    {
        options.Protocol = protocol;
        options.Endpoint = protocol == OtlpExportProtocol.Grpc ? server.Grpc : new Uri(server.Http, path);
        options.Headers = "x-otlp-api-key=right";
    }

    private TracerProvider Traces(OtlpServer server, OtlpExportProtocol protocol) => Sdk.CreateTracerProviderBuilder()
        .AddSource(_name)
        .SetSampler(new AlwaysOnSampler())
        .SetResourceBuilder(Leader())
        .AddOtlpExporter(o => To(server, protocol, "/v1/traces", o))
        .Build();
}
