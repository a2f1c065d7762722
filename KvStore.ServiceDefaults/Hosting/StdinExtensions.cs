using KvStore.ServiceDefaults.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvStore.ServiceDefaults.Hosting;

/// <summary>
/// Ties a service's life to that of the process that started it: a pipe to standard input is closed by the operating system when its other
/// end dies, <c>kill -9</c> included.
/// </summary>
internal static class StdinExtensions
{
    private const string Variable = "KVSTORE_STOP_ON_STDIN_EOF";

    // Longer than an orderly stop may take, short enough that a stuck service does not hold its port for long.
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(20);

    /// <summary>Starts to watch standard input at once when KVSTORE_STOP_ON_STDIN_EOF is <c>true</c>.</summary>
    public static void AddStopOnStdinEof(this IHostApplicationBuilder builder)
    {
        var variables = new Variables(builder.Configuration);
        var enabled = variables.Boolean(Variable);
        variables.ThrowIfInvalid();
        if (enabled)
        {
            builder.StopOnEndOf(Console.OpenStandardInput(), ShutdownLimit, InputWatch.KillProcess);
        }
    }

    /// <summary>Stops the application when <paramref name="input"/> ends, and calls <paramref name="kill"/> when it is still there after <paramref name="shutdownLimit"/>.</summary>
    public static void StopOnEndOf(this IHostApplicationBuilder builder, Stream input, TimeSpan shutdownLimit, Action<string> kill)
    {
        var watch = InputWatch.Start(input, shutdownLimit, kill);
        builder.Services.AddHostedService(services => new StopOnInputEnd(
            watch,
            services.GetRequiredService<IHostApplicationLifetime>(),
            services.GetRequiredService<ILogger<StopOnInputEnd>>()));
    }
}
