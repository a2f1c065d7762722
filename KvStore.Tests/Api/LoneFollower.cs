namespace KvStore.Tests.Api;

/// <summary>One follower without a leader, with data in a temporary folder.</summary>
internal sealed class LoneFollower : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvstore-api-tests-");
    private TestNode? _node;

    public string DataDirectory => Path.Combine(_folder.FullName, "follower1");

    public TestNode Node => _node ?? throw new InvalidOperationException("The follower is stopped.");

    public HttpClient Client => Node.Client;

    public static async Task<LoneFollower> StartAsync(string secret = "", Action<string>? prepare = null)
    {
        var follower = new LoneFollower();
        try
        {
            prepare?.Invoke(follower.DataDirectory);
            await follower.StartNodeAsync(secret);
            return follower;
        }
        catch
        {
            await follower.DisposeAsync();
            throw;
        }
    }

    public async Task RestartAsync(string secret = "")
    {
        await Node.DisposeAsync();
        await StartNodeAsync(secret);
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartNodeAsync(string secret) =>
        _node = await TestNode.StartAsync("follower", "follower1", DataDirectory, [new("CLUSTER_SECRET", secret)]);
}
