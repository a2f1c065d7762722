using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;

namespace KvStore.Dashboard.Otlp;

/// <summary>Adds the receiving of OTLP to a service.</summary>
internal static class OtlpExtensions
{
    /// <summary>Adds what receives OTLP; the stores are added with <c>AddTelemetryStores</c>.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">Key and limits; null for the defaults, under which anybody may send.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOtlp(this IServiceCollection services, OtlpOptions? options = null)
    {
        options ??= new();
        services.AddSingleton(options);
        services.AddSingleton<AttributeReader>();
        services.AddSingleton<ResourceReader>();
        services.AddSingleton<TraceReceiver>();
        services.AddSingleton<LogReceiver>();
        services.AddSingleton<MetricReceiver>();
        services.AddSingleton<OtlpSignals>();
        services.AddSingleton<OtlpAdmission>();
        services.AddSingleton<OtlpGrpcGate>();
        services.AddSingleton<IServiceMethodProvider<OtlpGrpcService>, OtlpGrpcMethods>();
        services
            .AddGrpc(grpc => grpc.IgnoreUnknownServices = true)
            .AddServiceOptions<OtlpGrpcService>(grpc =>
            {
                grpc.MaxReceiveMessageSize = options.MessageBytesMax;
                grpc.CompressionProviders = [new LimitedGzip(options.MessageBytesMax)];
            });
        return services;
    }

    /// <summary>
    /// Answers OTLP on two ports, which Kestrel must listen on (gRPC: HTTP/2 alone, HTTP: HTTP/1.1), and nothing else on these ports.
    /// Call it before every other <c>Use…</c>, so that no page, file or login answers there.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="grpcPort">The local port of gRPC; 0 for none.</param>
    /// <param name="httpPort">The local port of HTTP; 0 for none.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapOtlp(this WebApplication app, int grpcPort, int httpPort) =>
        app.MapOtlp(new OtlpPorts { Grpc = grpcPort, Http = httpPort });

    /// <summary>The same with ports that may be known only after the start.</summary>
    public static WebApplication MapOtlp(this WebApplication app, OtlpPorts ports)
    {
        app.Use((context, next) => IsInItsPlace(context, ports) ? next(context) : NotFound(context));

        var gate = app.Services.GetRequiredService<OtlpGrpcGate>();
        app.MapGrpcService<OtlpGrpcService>().AllowAnonymous().DisableHttpMetrics().Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.Metadata.Add(new OtlpEndpoint(() => ports.Grpc));
            endpoint.RequestDelegate = context => IsInItsPlace(context, ports) ? gate.HandleAsync(context, next) : NotFound(context);
        });

        var signals = app.Services.GetRequiredService<OtlpSignals>();
        app.MapSignal(signals.Traces, ports);
        app.MapSignal(signals.Logs, ports);
        app.MapSignal(signals.Metrics, ports);
        return app;
    }

    private static void MapSignal<TRequest, TResponse>(this WebApplication app, OtlpSignal<TRequest, TResponse> signal, OtlpPorts ports)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>
    {
        var endpoint = new OtlpHttpEndpoint<TRequest, TResponse>(
            signal, app.Services.GetRequiredService<OtlpAdmission>(), app.Services.GetRequiredService<OtlpOptions>());

        // All methods: the endpoint itself refuses the others in OTLP's words. The key is its own, not that of the pages.
        app.Map(signal.Path, context => IsInItsPlace(context, ports) ? endpoint.HandleAsync(context) : NotFound(context))
            .WithMetadata(new OtlpEndpoint(() => ports.Http)).AllowAnonymous().DisableHttpMetrics().DisableAntiforgery();
    }

    // The local port, unlike the Host header, is nothing that a client says.
    private static bool IsInItsPlace(HttpContext context, OtlpPorts ports)
    {
        var port = context.Connection.LocalPort;
        return context.GetEndpoint()?.Metadata.GetMetadata<OtlpEndpoint>() is { } otlp
            ? port != 0 && port == otlp.Port()
            : port == 0 || (port != ports.Grpc && port != ports.Http);
    }

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>Marks an endpoint as one of OTLP, and says on which port it answers.</summary>
    private sealed record OtlpEndpoint(Func<int> Port);
}
