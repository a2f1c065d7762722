using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>A KvStore cluster that was running before.</summary>
internal sealed class RunningKvStore : KvStoreNodes
{
    private readonly List<ServerProcess> _processes = [];
    private readonly List<Uri> _addresses = [];

    private RunningKvStore(IPEndPoint leader) => Leader = leader;

    /// <inheritdoc />
    public override IReadOnlyList<ServerProcess> Processes => _processes;

    /// <inheritdoc />
    protected override IReadOnlyList<Uri> Addresses => _addresses;

    /// <summary>Finds it, and sees that its quorum is the one that is wanted.</summary>
    /// <exception cref="AnalysisException">It is not there, or does something else.</exception>
    public static async Task<IStore> FindAsync(Uri leader, int writeQuorum, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(leader.Host, AddressFamily.InterNetwork, cancellationToken);
            var cluster = new RunningKvStore(new(addresses[0], leader.Port));
            await cluster.MeetAsync(leader, writeQuorum, cancellationToken);
            return cluster;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or JsonException or KeyNotFoundException)
        {
            throw new AnalysisException($"No KvStore leader answers at {leader}: {e.Message}", e);
        }
    }

    private async Task MeetAsync(Uri leader, int writeQuorum, CancellationToken cancellationToken)
    {
        var info = await GetAsync(leader, "/", cancellationToken);
        if (info.GetProperty("role").GetString() != "leader")
        {
            throw new AnalysisException($"The node at {leader} is a follower; --leader takes the leader's address.");
        }

        if (info.GetProperty("write_quorum").GetInt32() is var quorum && quorum != writeQuorum)
        {
            throw new AnalysisException($"The cluster's write quorum is {quorum} and --quorum is {writeQuorum}: give --quorum {quorum}, or change the cluster's.");
        }

        _addresses.Add(leader);
        _addresses.AddRange(info.GetProperty("followers").EnumerateArray().Select(follower => new Uri(follower.GetString()!)));
        foreach (var address in leader.IsLoopback ? _addresses : [])
        {
            var node = await GetAsync(address, "/", cancellationToken);
            if (ServerProcess.FindNode($"{address}", node.GetProperty("pid").GetInt32()) is { } process)
            {
                _processes.Add(process);
            }
        }

        if (_processes.Count < _addresses.Count)
        {
            _processes.Clear();
        }

        var lag = await GetAsync(leader, "/config/lag", cancellationToken);
        if (lag.GetProperty("max_delay_ms").GetDouble() is > 0 and var lagMs)
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{Description} with a simulated lag of up to {lagMs} ms");
        }
    }
}
