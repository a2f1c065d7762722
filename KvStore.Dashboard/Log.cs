namespace KvStore.Dashboard;

/// <summary>What the dashboard writes to its log.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Pages at {Address}; OTLP over gRPC on port {GrpcPort}, over HTTP on port {HttpPort}.")]
    public static partial void Listening(this ILogger logger, string address, int grpcPort, int httpPort);

    // Printed only when the dashboard has made the token itself: there is no other way to learn it.
    [LoggerMessage(2, LogLevel.Information, "Login to the dashboard at {Link}")]
    public static partial void LoginLink(this ILogger logger, string link);
}
