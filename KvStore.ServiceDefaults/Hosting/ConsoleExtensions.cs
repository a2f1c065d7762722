using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace KvStore.ServiceDefaults.Hosting;

/// <summary>One line per log message, with a UTC time in milliseconds, fit for a name to be put before it.</summary>
internal static class ConsoleExtensions
{
    // Colour is left alone: the formatter drops it by itself when the output is redirected.
    private static readonly KeyValuePair<string, string?>[] Defaults =
    [
        new("Logging:Console:FormatterName", "simple"),
        new("Logging:Console:FormatterOptions:SingleLine", "true"),
        new("Logging:Console:FormatterOptions:UseUtcTimestamp", "true"),
        new("Logging:Console:FormatterOptions:TimestampFormat", "yyyy-MM-dd'T'HH:mm:ss.fff'Z' "),
        new("Logging:LogLevel:Default", "Information"),
        new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
        new("Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "Critical"), // A start that failed is told by the program, without its trace.
        new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Warning"),
        new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "Warning"),
        new("Logging:LogLevel:System.Net.Http", "Warning"),
        new("Logging:LogLevel:Polly", "Warning"),
        new("Logging:LogLevel:Grpc", "Warning"), // Or each sender that ends in the middle of a call is an exception with its trace.
    ];

    /// <summary>Puts the defaults below every other configuration source, so that a file or a variable can change each of them.</summary>
    public static void AddConsoleDefaults(this IHostApplicationBuilder builder) =>
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
}
