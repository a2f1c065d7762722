namespace KvStore.Analysis.CatchUp;

/// <summary>How long nodes that have data take from their start to their first healthy answer.</summary>
/// <param name="folder">Where the data go.</param>
/// <param name="settings">How much.</param>
/// <param name="say">Told what goes on.</param>
internal sealed class ReadyMeasurement(string folder, CatchUpSettings settings, Action<string> say)
{
    private const int Rounds = 5;

    /// <summary>Measures.</summary>
    /// <param name="report">Given what there is, whenever there is more.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="AnalysisException">A node does not start.</exception>
    public async Task RunAsync(Action<CatchUpResult> report, CancellationToken cancellationToken)
    {
        say($"filling two stores with {settings.Entries:N0} keys");
        PreparedStore.Fill(Path.Combine(folder, "leader"), "leader", settings.Entries, CatchUpMeasurement.ValueBytes, 0, cancellationToken);
        PreparedStore.Fill(Path.Combine(folder, "follower1"), "follower1", settings.Entries, CatchUpMeasurement.ValueBytes, 0, cancellationToken);
        List<double> follower = [], leader = [];
        for (var round = 1; round <= Rounds; round++)
        {
            say($"starting them, round {round} of {Rounds}");
            using var nodes = new NodeProcesses(folder);
            follower.Add((await nodes.StartAsync("follower1", cancellationToken)).TotalSeconds);
            leader.Add((await nodes.StartAsync("leader", cancellationToken)).TotalSeconds);
            report(new(CatchUpSettings.Ready) { FollowerReadySeconds = follower, LeaderReadySeconds = leader });
        }
    }
}
