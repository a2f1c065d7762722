using Microsoft.Extensions.Hosting;

namespace KvStore.Hosting.Engine;

/// <summary>Leaves Ctrl-C and SIGTERM to somebody else: to the test runner, or to the AppHost around a host.</summary>
internal sealed class PassiveLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
