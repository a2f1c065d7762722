using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace KvStore.Dashboard.Otlp;

/// <summary>
/// Binds the signals to gRPC. With marshallers of its own: a generated one throws where a message cannot be read, which the server
/// logs as an error with its stack and answers as Unknown.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class OtlpGrpcMethods : IServiceMethodProvider<OtlpGrpcService>
{
    private readonly OtlpSignals _signals;
    private readonly OtlpOptions _options;

    /// <summary>Makes the binding.</summary>
    public OtlpGrpcMethods(OtlpSignals signals, OtlpOptions options)
    {
        _signals = signals;
        _options = options;
    }

    /// <inheritdoc/>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OtlpGrpcService> context)
    {
        Add(context, _signals.Traces);
        Add(context, _signals.Logs);
        Add(context, _signals.Metrics);
    }

    private void Add<TRequest, TResponse>(ServiceMethodProviderContext<OtlpGrpcService> context, OtlpSignal<TRequest, TResponse> signal)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var method = new Method<OtlpMessage<TRequest>, TResponse>(
            MethodType.Unary,
            signal.Service.FullName,
            "Export",
            new Marshaller<OtlpMessage<TRequest>>((_, _) => throw new NotSupportedException("Requests are only read."), from => Read(from, signal)),
            new Marshaller<TResponse>(Write, _ => throw new NotSupportedException("Responses are only written.")));
        context.AddUnaryMethod(method, [], (_, message, _) => message.Value is null
            ? throw new RpcException(message.Error)
            : Task.FromResult(signal.Take(message.Value)));
    }

    private OtlpMessage<TRequest> Read<TRequest, TResponse>(DeserializationContext from, OtlpSignal<TRequest, TResponse> signal)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var buffer = ArrayPool<byte>.Shared.Rent(from.PayloadLength);
        try
        {
            var bytes = buffer.AsSpan(0, from.PayloadLength);
            from.PayloadAsReadOnlySequence().CopyTo(bytes);
            return SubMessages.AreMoreThan(_options.SubMessagesMax, bytes, signal.RequestType)
                ? new(null, new Status(StatusCode.ResourceExhausted, $"A message has at most {_options.SubMessagesMax} messages within it."))
                : new(signal.Parser.ParseFrom(bytes), Status.DefaultSuccess);
        }
        catch (InvalidProtocolBufferException exception)
        {
            return new(null, new Status(StatusCode.InvalidArgument, $"The message cannot be read. {exception.Message}"));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Write<TResponse>(TResponse response, SerializationContext to)
        where TResponse : IMessage<TResponse>
    {
        to.SetPayloadLength(response.CalculateSize());
        response.WriteTo(to.GetBufferWriter());
        to.Complete();
    }
}
