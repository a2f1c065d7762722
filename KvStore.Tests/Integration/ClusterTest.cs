using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>A test on a cluster. What the nodes said meanwhile is in the output, which is shown when the test fails.</summary>
public abstract class ClusterTest(ClusterFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    private int _linesBefore;

    protected Cluster Cluster => fixture.Cluster;

    protected ITestOutputHelper Output => output;

    public async Task InitializeAsync()
    {
        try
        {
            await fixture.RestoreAsync();
        }
        catch
        {
            WriteLog();
            throw;
        }

        _linesBefore = Cluster.Log.Count;
    }

    public Task DisposeAsync()
    {
        WriteLog();
        return Task.CompletedTask;
    }

    private void WriteLog()
    {
        foreach (var line in Cluster.Log.Since(_linesBefore))
        {
            output.WriteLine(line);
        }
    }
}
