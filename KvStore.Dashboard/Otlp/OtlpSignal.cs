using Google.Protobuf;
using Google.Protobuf.Reflection;
using KvStore.Dashboard.Otlp.Wire;

namespace KvStore.Dashboard.Otlp;

/// <summary>One of OTLP's three signals: how its messages are read and taken in, whatever brought them.</summary>
/// <param name="Path">Where it is posted over HTTP.</param>
/// <param name="Service">Its service in gRPC.</param>
/// <param name="Parser">Reads a message, and keeps nothing of fields that it does not know.</param>
/// <param name="Take">Takes it in and makes the answer.</param>
internal sealed record OtlpSignal<TRequest, TResponse>(
    string Path, Google.Protobuf.Reflection.ServiceDescriptor Service, MessageParser<TRequest> Parser, Func<TRequest, TResponse> Take)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>What a message is, as its service says.</summary>
    public MessageDescriptor RequestType { get; } = Service.Methods[0].InputType;
}

/// <summary>The three signals.</summary>
internal sealed class OtlpSignals
{
    /// <summary>Binds each signal to what takes it in.</summary>
    public OtlpSignals(TraceReceiver traces, LogReceiver logs, MetricReceiver metrics)
    {
        Traces = new("/v1/traces", TraceReflection.Descriptor.Services[0], ExportTraceServiceRequest.Parser.WithDiscardUnknownFields(true), traces.Take);
        Logs = new("/v1/logs", LogsReflection.Descriptor.Services[0], ExportLogsServiceRequest.Parser.WithDiscardUnknownFields(true), logs.Take);
        Metrics = new("/v1/metrics", MetricsReflection.Descriptor.Services[0], ExportMetricsServiceRequest.Parser.WithDiscardUnknownFields(true), metrics.Take);
    }

    public OtlpSignal<ExportTraceServiceRequest, ExportTraceServiceResponse> Traces { get; }

    public OtlpSignal<ExportLogsServiceRequest, ExportLogsServiceResponse> Logs { get; }

    public OtlpSignal<ExportMetricsServiceRequest, ExportMetricsServiceResponse> Metrics { get; }
}
