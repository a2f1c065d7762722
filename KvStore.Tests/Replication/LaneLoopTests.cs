using System.Diagnostics.Metrics;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;
using KvStore.Tests.Api;
using KvStore.Tests.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Replication;

/// <summary>A leader's lane to a real follower, by a clock that stands still: no heartbeat ever becomes due.</summary>
public sealed class LaneLoopTests
{
    [Fact]
    public async Task A_follower_that_ends_is_known_to_be_away_though_nothing_is_sent_to_it()
    {
        await using var follower = await LoneFollower.StartAsync();
        using var stop = new CancellationTokenSource();
        using var lane = new Lane(follower.Node.Address);
        var running = lane.RunAsync(stop.Token);
        await lane.BecomesAsync(LaneMode.Replicate);

        await follower.Node.DisposeAsync();

        await lane.BecomesAsync(LaneMode.Probe);
        await stop.CancelAsync();
        await running;
    }

    private sealed class Lane : IDisposable
    {
        private readonly ServiceProvider _services;
        private readonly LeaderReplica _replica;
        private readonly LaneLoop _loop;

        public Lane(Uri follower)
        {
            var services = new ServiceCollection().AddMetrics();
            services.AddReplicationClient(faults: null);
            _services = services.BuildServiceProvider();

            var options = new NodeOptions
            {
                Role = NodeRole.Leader,
                NodeId = "leader",
                Followers = [follower],
                WriteQuorum = 1,
                Lag = new SimulatedLag(0, 0),
                WriteTimeout = TimeSpan.FromSeconds(5),
                DataDirectory = "",
                BackupDirectory = "",
            };
            var (time, metrics) = (new FakeTimeProvider(), new NodeMetrics(_services.GetRequiredService<IMeterFactory>()));
            var store = ReplicaStore.Open(new MemoryEngine(new MemoryDisk()), "leader");
            var settings = new LeaderSettings(store, options, NullLogger<LeaderSettings>.Instance);
            _replica = new LeaderReplica(options, store, settings, metrics, time, new Random(1), NullLoggerFactory.Instance);
            var client = new LaneClient(_services.GetRequiredService<IHttpMessageHandlerFactory>(), options, time);
            _loop = new LaneLoop(
                lane: 0, follower, _replica.Lanes[0], _replica.Replicator, client, settings, metrics, time, NullLogger<LaneLoop>.Instance, CancellationToken.None);
        }

        public Task RunAsync(CancellationToken stop) => _loop.RunAsync(stop);

        public Task<LaneMode> BecomesAsync(LaneMode mode) => Eventually.BecomesAsync(
            () => Task.FromResult(_replica.Replicator.Status()[0].Mode), seen => seen == mode, seen => $"{seen}", $"the lane's mode {mode}");

        public void Dispose()
        {
            _replica.Dispose();
            _services.Dispose();
        }
    }
}
