using Microsoft.Extensions.Hosting;

namespace KvStore.Hosting.Testing;

/// <summary>Leaves Ctrl-C and SIGTERM to the test runner.</summary>
internal sealed class TestLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
