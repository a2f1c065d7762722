using System.Reflection;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Tests.Api;
using KvStore.Tests.Storage;
using Microsoft.Extensions.Configuration;

namespace KvStore.Tests.Configuration;

/// <summary>Every limit is a variable, and a value that is not allowed stops the node at its start.</summary>
public sealed class LimitVariableTests
{
    /// <summary>Each variable with the least and the greatest value that is allowed.</summary>
    public static TheoryData<string, long, long> Limits => new()
    {
        { "MAX_CONNECTIONS", 10, 1_000_000 },
        { "MAX_REQUEST_BYTES", 1024, 64 << 20 },
        { "MAX_STATE_STREAMS", 1, 100 },
        { "MAX_WRITES_IN_FLIGHT", 1, 1_000_000 },
        { "MAX_WRITE_BYTES_IN_FLIGHT", 2 << 20, 64L << 30 },
        { "MAX_COMMIT_ENTRIES", 1, 1_000_000 },
        { "MAX_COMMIT_BYTES", 1024, 1 << 30 },
        { "MAX_RECENT_BYTES", 0, 64L << 30 },
        { "MAX_BATCH_BYTES", 1024, 12 << 20 },
        { "MAX_SNAPSHOT_PART_BYTES", 1024, 12 << 20 },
        { "MAX_FOLLOWER_MESSAGES", 1, 10_000 },
        { "MAX_GAPS", 2, 10_000_000 },
        { "LANE_QUEUE_ENTRIES", 1, 10_000_000 },
        { "LANE_BATCH_ENTRIES", 1, 100_000 },
        { "LANE_BATCHES_IN_FLIGHT", 1, 1000 },
        { "LANE_ENTRIES_IN_FLIGHT", 1, 100_000 },
        { "LANE_CATCH_UP_ENTRIES", 1, 100_000 },
        { "LANE_CATCH_UP_BATCHES_IN_FLIGHT", 1, 1000 },
        { "LANE_GAPS", 1, 1_000_000 },
        { "LOG_KEEP_ENTRIES", 0, long.MaxValue },
        { "LOG_MAX_ENTRIES", 1, long.MaxValue },
        { "LOG_MAX_BYTES", 1, long.MaxValue },
        { "LOG_MAX_AGE_MINUTES", 1, 5_000_000 },
        { "ROCKSDB_WAL_BYTES", 1 << 20, 64L << 30 },
        { "ROCKSDB_WRITE_BUFFER_BYTES", 64 << 10, 4L << 30 },
        { "ROCKSDB_BLOCK_CACHE_BYTES", 0, 64L << 30 },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_value_that_is_not_allowed_is_refused_with_the_variable_the_value_and_what_is_allowed(string name, long least, long greatest)
    {
        foreach (var value in (string[])[$"{least - 1}", greatest == long.MaxValue ? "9223372036854775808" : $"{greatest + 1}", "many", "1.5", "1e3", "-"])
        {
            var message = Assert.Throws<ConfigurationException>(() => Read((name, value))).Message;

            Assert.Equal($"{name} is '{value}': it must be a whole number from {least} to {greatest}.", message);
        }
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void The_least_and_the_greatest_value_are_allowed_and_empty_is_the_default(string name, long least, long greatest)
    {
        Assert.NotEqual(Read((name, $"{least}")), Read((name, $"{greatest}")));
        Assert.Equal(new NodeLimits(), Read((name, "")));
    }

    [Fact]
    public void Every_limit_has_a_variable()
    {
        // The intervals of a lane are no limits of what a node takes.
        string[] others = [nameof(LaneLimits.HeartbeatInterval), nameof(LaneLimits.TellInterval), nameof(LaneLimits.StalledAfter), nameof(LaneLimits.SnapshotPatience),
            nameof(LaneLimits.BackoffMin), nameof(LaneLimits.BackoffMax)];

        var changed = Read([.. Limits.Select(row => ((string)row[0], $"{Math.Min((long)row[1] + 5, (long)row[2])}"))]);

        AllDiffer(new NodeLimits(), changed);

        void AllDiffer(object standard, object value)
        {
            foreach (var property in standard.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => !others.Contains(property.Name)))
            {
                var (before, after) = (property.GetValue(standard)!, property.GetValue(value)!);
                if (property.PropertyType.IsPrimitive || before is TimeSpan)
                {
                    Assert.False(before.Equals(after), $"No variable changes {standard.GetType().Name}.{property.Name}.");
                }
                else
                {
                    AllDiffer(before, after);
                }
            }
        }
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var message = Assert.Throws<ConfigurationException>(() => Read(("MAX_GAPS", "x"), ("LOG_MAX_BYTES", "0"))).Message;

        Assert.Contains("MAX_GAPS is 'x'", message, StringComparison.Ordinal);
        Assert.Contains("LOG_MAX_BYTES is '0'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_with_a_wrong_limit_does_not_start_and_makes_no_folder()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => TestNode.StartAsync("follower", "follower1", data, [new("MAX_GAPS", "1")]));

        Assert.Equal("MAX_GAPS is '1': it must be a whole number from 2 to 10000000.", refusal.Message);
        Assert.False(Directory.Exists(data));
    }

    private static NodeLimits Read(params (string Name, string Value)[] variables)
    {
        var values = new Dictionary<string, string?> { ["NODE_ROLE"] = "follower" };
        foreach (var (name, value) in variables)
        {
            values[name] = value;
        }

        return NodeOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build()).Limits;
    }
}
