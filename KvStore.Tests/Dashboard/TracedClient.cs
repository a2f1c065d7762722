using System.Diagnostics;
using KvStore.Tests.Integration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KvStore.Tests.Dashboard;

/// <summary>A client of a cluster that traces each of its writes, and sends its own spans with the real exporter.</summary>
internal sealed class TracedClient : IDisposable
{
    /// <summary>Its resource.</summary>
    public const string Name = "client";

    private readonly Cluster _cluster;
    private readonly ActivitySource _source = new($"KvStore.Tests.{Guid.NewGuid():N}"); // Sources are global.
    private readonly TracerProvider _provider;

    /// <param name="cluster">Where it writes.</param>
    /// <param name="otlpGrpc">Where its spans go.</param>
    public TracedClient(Cluster cluster, Uri otlpGrpc)
    {
        _cluster = cluster;
        _provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(_source.Name)
            .SetSampler(new AlwaysOnSampler())
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(Name))
            .AddOtlpExporter(options => (options.Protocol, options.Endpoint) = (OtlpExportProtocol.Grpc, otlpGrpc))
            .Build();
    }

    /// <summary>Writes a key; the write must succeed.</summary>
    public async Task<(string TraceId, long Lsn)> WriteAsync(string key)
    {
        using var span = _source.StartActivity("POST", ActivityKind.Client) ?? throw new InvalidOperationException("The client's spans are not recorded.");
        var answer = await _cluster.WriteAsync(key, "value", traceParent: span.Id);
        Assert.True(answer.IsAcknowledged, answer.Detail);
        return (span.TraceId.ToHexString(), answer.Version!.Value);
    }

    /// <summary>Sends the spans of all writes so far.</summary>
    public void Send() => Assert.True(_provider.ForceFlush());

    /// <inheritdoc />
    public void Dispose()
    {
        _provider.Dispose();
        _source.Dispose();
    }
}
