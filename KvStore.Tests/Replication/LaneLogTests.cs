using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Leader;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Replication;

/// <summary>What the leader's log says of a follower: what is news, and not each turn of a bad connection.</summary>
public sealed class LaneLogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Lines _lines = new();
    private readonly LaneLog _log;

    public LaneLogTests() => _log = new LaneLog(() => "follower1", _time, _lines, CancellationToken.None);

    [Fact]
    public void A_follower_that_comes_and_goes_is_a_line_each_time_that_is_news()
    {
        _log.Greeted(Status(LaneMode.Replicate));
        _log.Lost("refused");
        _log.Lost("refused");
        _log.Greeted(Status(LaneMode.Replicate));
        _log.Lost("timed out");

        Assert.Equal(["follows", "refused", "follows", "timed out"], _lines.Kinds);
    }

    [Fact]
    public void The_same_trouble_again_and_again_is_said_once_in_a_while()
    {
        _log.Greeted(Status(LaneMode.Replicate));
        for (var turn = 0; turn < 100; turn++)
        {
            _log.Lost("refused");
            _log.Greeted(Status(LaneMode.Replicate));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["follows", "refused", "follows", "refused", "follows", "refused", "follows", "refused", "follows"], _lines.Kinds);
    }

    [Fact]
    public void One_that_starts_along_with_the_leader_is_not_lost()
    {
        _log.Lost("refused");
        Assert.Empty(_lines.Kinds);

        _time.Advance(TimeSpan.FromSeconds(6));
        _log.Lost("refused");
        Assert.Equal(["refused"], _lines.Kinds);
    }

    [Fact]
    public void An_objection_is_an_error_once_as_long_as_it_lasts()
    {
        _log.Greeted(Status(LaneMode.Probe, objection: "another leader came after it"));
        _log.Greeted(Status(LaneMode.Probe, objection: "another leader came after it"));

        Assert.Equal(["another leader came after it"], _lines.Kinds);
        Assert.Equal(LogLevel.Error, _lines.Levels.Single());
    }

    private static LaneStatus Status(LaneMode mode, string? objection = null) => new(
        new Uri("http://follower1"), mode, new FollowerIdentity("follower1", "store"), new FollowerProgress(FollowerState.Healthy, null, 0, null), IsPaused: false,
        Watermark: 0, [], InFlight: 0, LagEntries: 0, LagBytes: 0, SinceContact: null, LastError: objection, objection, SnapshotLsn: null, SnapshotRows: 0);

    private sealed class Lines : ILogger
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public IEnumerable<LogLevel> Levels => _lines.Select(line => line.Level);

        public IEnumerable<string> Kinds => _lines.Select(line => line.Text.Contains("follows (", StringComparison.Ordinal) ? "follows" : line.Text[(line.Text.IndexOf(": ", StringComparison.Ordinal) + 2)..]);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Add((logLevel, formatter(state, exception)));
    }
}
