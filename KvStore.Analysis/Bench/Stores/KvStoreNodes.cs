using System.Net;
using System.Text.Json;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Protocols;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>The nodes of a KvStore cluster, as their HTTP interface shows them.</summary>
internal abstract class KvStoreNodes : IStore
{
    /// <inheritdoc />
    public string Description { get; protected set; } = "KvStore";

    /// <inheritdoc />
    public IPEndPoint Leader { get; protected init; } = new(IPAddress.Loopback, 0);

    /// <inheritdoc />
    public abstract IReadOnlyList<ServerProcess> Processes { get; }

    /// <summary>The addresses of all nodes, the leader first.</summary>
    protected abstract IReadOnlyList<Uri> Addresses { get; }

    /// <summary>Asks the nodes; load never goes this way.</summary>
    protected HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <inheritdoc />
    public Conversation Converse(Workload workload, int seed) => new KvStoreConversation(workload, Leader, seed);

    /// <inheritdoc />
    public async Task<string?> VerifyAsync(CancellationToken cancellationToken)
    {
        string[] digests = [];
        await Patience.UntilAsync(
            async () =>
            {
                digests = await Task.WhenAll(Addresses.Select(node => Http.GetStringAsync(new Uri(node, "/replication/digest"), cancellationToken)));
                return digests.Distinct().Count() == 1;
            },
            "The nodes do not become identical: their /replication/digest differ.",
            Processes,
            cancellationToken);
        return $"All {digests.Length} nodes are identical: {digests[0].Trim()}";
    }

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        Http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks for a JSON document.</summary>
    protected async Task<JsonElement> GetAsync(Uri node, string path, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize<JsonElement>(await Http.GetStringAsync(new Uri(node, path), cancellationToken));
}
