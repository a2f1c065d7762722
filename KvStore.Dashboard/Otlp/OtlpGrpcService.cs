using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace KvStore.Dashboard.Otlp;

/// <summary>Stands for the three gRPC services, whose methods are bound in <see cref="OtlpGrpcMethods"/>.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the gRPC server.")]
internal sealed class OtlpGrpcService;

/// <summary>A message over gRPC.</summary>
/// <param name="Value">What was read; null when it could not be.</param>
/// <param name="Error">Why not.</param>
internal sealed record OtlpMessage<TRequest>(TRequest? Value, Status Error)
    where TRequest : class;
