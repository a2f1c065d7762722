using Spectre.Console;

namespace KvStore.Analysis.Cluster;

/// <summary>A follower by its name.</summary>
internal sealed record Follower(string Id, Uri Address);

/// <summary>The leader and the followers that a command works with, and how to reach them.</summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    private readonly IAsyncDisposable? _owned;

    private ClusterUnderTest(Uri leader, IReadOnlyList<Follower> followers, NodeClient client, IAsyncDisposable? owned) =>
        (Leader, Followers, Client, _owned) = (leader, followers, client, owned);

    /// <summary>The leader's address.</summary>
    public Uri Leader { get; }

    /// <summary>Every follower, in the leader's order.</summary>
    public IReadOnlyList<Follower> Followers { get; }

    /// <summary>Asks them.</summary>
    public NodeClient Client { get; }

    /// <summary>Whether the cluster was started for this run, and ends with it.</summary>
    public bool IsOwn => _owned is not null;

    /// <summary>Takes the cluster that was named, or starts one.</summary>
    /// <exception cref="AnalysisException">It does not start, or a node does not answer.</exception>
    public static Task<ClusterUnderTest> OpenAsync(ClusterSettings settings, IAnsiConsole console, CancellationToken cancellationToken) =>
        settings.LeaderAddress is { } leader
            ? AttachAsync(leader, settings, cancellationToken)
            : console.Status().StartAsync("Starting a cluster", _ => StartAsync(settings, cancellationToken));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_owned is not null)
        {
            await _owned.DisposeAsync();
        }
    }

    private static async Task<ClusterUnderTest> StartAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        var own = await OwnCluster.StartAsync(
            settings.MinDelayMs ?? ClusterSettings.DefaultMinDelayMs, settings.MaxDelayMs ?? ClusterSettings.DefaultMaxDelayMs, cancellationToken);
        return new ClusterUnderTest(own.Leader, own.Followers, new NodeClient(own.Secret), own);
    }

    private static async Task<ClusterUnderTest> AttachAsync(Uri leader, ClusterSettings settings, CancellationToken cancellationToken)
    {
        var client = new NodeClient(settings.SecretOrVariable);
        try
        {
            var info = await client.GetAsync(leader, "/", NodeJson.Default.NodeInfo, cancellationToken);
            if (info is not { Role: "leader", Followers: { Count: > 0 } ownNames })
            {
                throw new AnalysisException($"{leader.GetLeftPart(UriPartial.Authority)} is no leader with followers: it says role {info.Role}. --leader takes the leader's address.");
            }

            var addresses = settings.FollowerAddresses ?? [.. ownNames.Select(name => new Uri(name))];
            if (addresses.Count != ownNames.Count)
            {
                throw new AnalysisException($"The leader has {ownNames.Count} followers, and --followers names {addresses.Count}. Name each once.");
            }

            var followers = await Task.WhenAll(addresses.Select(address => IdentifyAsync(client, address, cancellationToken)));
            return new ClusterUnderTest(leader, followers, client, owned: null);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task<Follower> IdentifyAsync(NodeClient client, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            var info = await client.GetAsync(address, "/", NodeJson.Default.NodeInfo, cancellationToken);
            return info is { Role: "follower", Id: { } id } ? new(id, address) : throw new AnalysisException($"{address} is no follower: it says role {info.Role}.");
        }
        catch (AnalysisException e)
        {
            throw new AnalysisException($"{e.Message} --followers URL,URL,… gives addresses of the followers that can be reached from here.", e);
        }
    }
}
