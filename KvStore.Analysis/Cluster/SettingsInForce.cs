namespace KvStore.Analysis.Cluster;

/// <summary>The write quorum and the simulated lag of a cluster, changed for a run and put back after it, whatever ends the run.</summary>
internal sealed class SettingsInForce
{
    private static readonly TimeSpan PutBackWithin = TimeSpan.FromSeconds(10);

    private readonly ClusterUnderTest _cluster;
    private readonly int _quorumBefore;
    private readonly LagInfo _lagBefore;
    private bool _isQuorumChanged;
    private bool _isLagChanged;

    private SettingsInForce(ClusterUnderTest cluster, int quorum, LagInfo lag) => (_cluster, _quorumBefore, _lagBefore, Lag) = (cluster, quorum, lag, lag);

    /// <summary>The simulated lag.</summary>
    public LagInfo Lag { get; private set; }

    /// <summary>Reads what is in force, and sets the lag that a running cluster is to have.</summary>
    /// <exception cref="AnalysisException">The leader does not answer, or says no.</exception>
    public static async Task<SettingsInForce> ReadAsync(ClusterUnderTest cluster, ClusterSettings settings, CancellationToken cancellationToken)
    {
        var quorum = await cluster.Client.GetAsync(cluster.Leader, "/config/quorum", NodeJson.Default.QuorumInfo, cancellationToken);
        var lag = await cluster.Client.GetAsync(cluster.Leader, "/config/lag", NodeJson.Default.LagInfo, cancellationToken);
        var inForce = new SettingsInForce(cluster, quorum.Quorum, lag);
        if (!cluster.IsOwn && settings.ChangesLag)
        {
            await inForce.SetLagAsync(new(settings.MinDelayMs!.Value, settings.MaxDelayMs!.Value), cancellationToken);
        }

        return inForce;
    }

    /// <summary>Changes the write quorum.</summary>
    public async Task SetQuorumAsync(int quorum, CancellationToken cancellationToken)
    {
        _isQuorumChanged = true; // Also when the answer does not come.
        await _cluster.Client.PostAsync(_cluster.Leader, "/config/quorum", new QuorumBody(quorum), NodeJson.Default.QuorumBody, cancellationToken);
    }

    /// <summary>Puts back what was changed; a cluster that ends with the run is left as it is.</summary>
    /// <exception cref="AnalysisException">The leader does not take it.</exception>
    public async Task PutBackAsync()
    {
        if (_cluster.IsOwn)
        {
            return;
        }

        using var limit = new CancellationTokenSource(PutBackWithin);
        try
        {
            if (_isQuorumChanged)
            {
                await SetQuorumAsync(_quorumBefore, limit.Token);
            }

            if (_isLagChanged)
            {
                await SetLagAsync(_lagBefore, limit.Token);
            }
        }
        catch (Exception e) when (e is AnalysisException or OperationCanceledException)
        {
            throw new AnalysisException(
                $"The leader's settings were not put back: write quorum {_quorumBefore}, lag {_lagBefore.MinDelayMs} to {_lagBefore.MaxDelayMs} ms. {e.Message}", e);
        }
    }

    private async Task SetLagAsync(LagInfo lag, CancellationToken cancellationToken)
    {
        _isLagChanged = true;
        await _cluster.Client.PostAsync(_cluster.Leader, "/config/lag", lag, NodeJson.Default.LagInfo, cancellationToken);
        Lag = lag;
    }
}
