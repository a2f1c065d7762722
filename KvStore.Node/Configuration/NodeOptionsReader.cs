using System.Globalization;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Storage.RocksDb;
using KvStore.ServiceDefaults.Configuration;

namespace KvStore.Node.Configuration;

/// <summary>The configuration does not make a node. The message has one line for each thing that is wrong.</summary>
internal sealed class ConfigurationException(IEnumerable<string> faults) : Exception(string.Join(Environment.NewLine, faults));

/// <summary>Reads <see cref="NodeOptions"/> from the environment (or the command line), and collects every fault before it speaks.</summary>
internal sealed class NodeOptionsReader(IConfiguration configuration)
{
    private readonly List<string> _faults = [];

    /// <summary>Reads and validates all settings.</summary>
    /// <exception cref="ConfigurationException">At least one setting is missing or out of its range.</exception>
    public static NodeOptions Read(IConfiguration configuration) => new NodeOptionsReader(configuration).Read();

    /// <summary>Reads what matters where a leader's store is made, and no node runs.</summary>
    /// <param name="configuration">The environment and the command line.</param>
    /// <param name="make">Gets the node id, the data folder and the limits of the log.</param>
    /// <exception cref="ConfigurationException">At least one setting is out of its range.</exception>
    public static T ReadRecovery<T>(IConfiguration configuration, Func<string, string, LogLimits, T> make)
    {
        var reader = new NodeOptionsReader(configuration);
        var nodeId = reader.Text("NODE_ID") ?? "leader";
        var (directory, log) = (reader.ReadDataDirectory(nodeId), reader.ReadLogLimits(new LogLimits()));
        return reader._faults.Count == 0 ? make(nodeId, directory, log) : throw new ConfigurationException(reader._faults);
    }

    private NodeOptions Read()
    {
        var role = ReadRole();
        var nodeId = Text("NODE_ID") ?? Environment.MachineName;
        var followers = Text("FOLLOWERS")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (role == NodeRole.Leader && followers.Length == 0)
        {
            _faults.Add("FOLLOWERS is not set: a leader needs the addresses of its followers, separated by commas, such as http://follower1,http://follower2.");
        }

        var timeoutMs = Number("WRITE_TIMEOUT_MS", 5000, 1, 600_000);
        var dataDirectory = ReadDataDirectory(nodeId);
        var options = new NodeOptions
        {
            Role = role,
            NodeId = nodeId,
            Followers = [.. followers.Select(text => Address("FOLLOWERS", text)).OfType<Uri>()],
            Leader = Text("LEADER") is { } leader ? Address("LEADER", leader) : null,
            WriteQuorum = ReadQuorum(role, followers.Length),
            Lag = new SimulatedLag(Number("MIN_DELAY_MS", 0, 0, 600_000), Number("MAX_DELAY_MS", 1000, 0, 600_000)),
            WriteTimeout = TimeSpan.FromMilliseconds(timeoutMs),
            DataDirectory = dataDirectory,
            BackupDirectory = Path.GetFullPath(Text("BACKUP_DIR") ?? $"{Path.TrimEndingDirectorySeparator(dataDirectory)}-backups"),
            Limits = ReadLimits(new NodeLimits()),
            Faults = ReadFaults(),
            ClusterSecret = ReadSecret(),
        };
        if (options.Followers.Distinct().Count() != options.Followers.Count)
        {
            _faults.Add($"FOLLOWERS is '{Text("FOLLOWERS")}': it names a follower twice.");
        }

        if (role == NodeRole.Leader && options.Lag.Fault(options.WriteTimeout) is { } fault)
        {
            _faults.Add($"MIN_DELAY_MS={options.Lag.MinMs}, MAX_DELAY_MS={options.Lag.MaxMs}: {fault}");
        }

        return _faults.Count == 0 ? options : throw new ConfigurationException(_faults);
    }

    private NodeRole ReadRole()
    {
        switch (Text("NODE_ROLE"))
        {
            case "leader": return NodeRole.Leader;
            case "follower": return NodeRole.Follower;
            case var other:
                _faults.Add($"NODE_ROLE is {(other is null ? "not set" : $"'{other}'")}: it must be 'leader' or 'follower'.");
                return NodeRole.Follower;
        }
    }

    private int ReadQuorum(NodeRole role, int followerCount)
    {
        // A follower may get the variable along with the leader; it has no quorum to check it against.
        if (role != NodeRole.Leader || followerCount == 0)
        {
            return 0;
        }

        return Number("WRITE_QUORUM", Math.Min(3, followerCount), 1, followerCount);
    }

    private NodeLimits ReadLimits(NodeLimits standard) => new()
    {
        ConnectionsMax = Number("MAX_CONNECTIONS", standard.ConnectionsMax, 10, 1_000_000),
        RequestBytesMax = Number("MAX_REQUEST_BYTES", standard.RequestBytesMax, 1024, 64 << 20),
        StateStreamsMax = Number("MAX_STATE_STREAMS", standard.StateStreamsMax, 1, 100),
        WritesInFlightMax = Number("MAX_WRITES_IN_FLIGHT", standard.WritesInFlightMax, 1, 1_000_000),
        WriteBytesInFlightMax = Number("MAX_WRITE_BYTES_IN_FLIGHT", standard.WriteBytesInFlightMax, 2 << 20, 64L << 30),
        CommitEntriesMax = Number("MAX_COMMIT_ENTRIES", standard.CommitEntriesMax, 1, 1_000_000),
        CommitBytesMax = Number("MAX_COMMIT_BYTES", standard.CommitBytesMax, 1024, 1L << 30),
        RingBytesMax = Number("MAX_RECENT_BYTES", standard.RingBytesMax, 0, 64L << 30),
        BatchBytesMax = Number("MAX_BATCH_BYTES", standard.BatchBytesMax, 1024, 12 << 20),
        SnapshotPartBytesMax = Number("MAX_SNAPSHOT_PART_BYTES", standard.SnapshotPartBytesMax, 1024, 12 << 20),
        FollowerMessagesMax = Number("MAX_FOLLOWER_MESSAGES", standard.FollowerMessagesMax, 1, 10_000),
        GapsMax = Number("MAX_GAPS", standard.GapsMax, 2, 10_000_000),
        Lane = new LaneLimits
        {
            FreshQueueMax = Number("LANE_QUEUE_ENTRIES", standard.Lane.FreshQueueMax, 1, 10_000_000),
            FreshEntriesPerBatch = Number("LANE_BATCH_ENTRIES", standard.Lane.FreshEntriesPerBatch, 1, 100_000),
            FreshBatchesInFlight = Number("LANE_BATCHES_IN_FLIGHT", standard.Lane.FreshBatchesInFlight, 1, 1000),
            FreshEntriesInFlight = Number("LANE_ENTRIES_IN_FLIGHT", standard.Lane.FreshEntriesInFlight, 1, 100_000),
            CatchUpEntriesPerBatch = Number("LANE_CATCH_UP_ENTRIES", standard.Lane.CatchUpEntriesPerBatch, 1, 100_000),
            CatchUpBatchesInFlight = Number("LANE_CATCH_UP_BATCHES_IN_FLIGHT", standard.Lane.CatchUpBatchesInFlight, 1, 1000),
            HoldingRangesMax = Number("LANE_GAPS", standard.Lane.HoldingRangesMax, 1, 1_000_000),
        },
        Log = ReadLogLimits(standard.Log),
        RocksDb = new RocksDbLimits
        {
            WalBytesMax = Number("ROCKSDB_WAL_BYTES", standard.RocksDb.WalBytesMax, 1 << 20, 64L << 30),
            WriteBufferBytes = Number("ROCKSDB_WRITE_BUFFER_BYTES", standard.RocksDb.WriteBufferBytes, 64 << 10, 4L << 30),
            BlockCacheBytes = Number("ROCKSDB_BLOCK_CACHE_BYTES", standard.RocksDb.BlockCacheBytes, 0, 64L << 30),
        },
    };

    private LogLimits ReadLogLimits(LogLimits standard) => new()
    {
        EntriesKept = Number("LOG_KEEP_ENTRIES", standard.EntriesKept, 0, long.MaxValue),
        EntriesMax = Number("LOG_MAX_ENTRIES", standard.EntriesMax, 1, long.MaxValue),
        BytesMax = Number("LOG_MAX_BYTES", standard.BytesMax, 1, long.MaxValue),
        AgeMax = TimeSpan.FromMinutes(Number("LOG_MAX_AGE_MINUTES", (long)standard.AgeMax.TotalMinutes, 1, 5_000_000)),
    };

    private string ReadDataDirectory(string nodeId) => Path.GetFullPath(Text("DATA_DIR") ?? Path.Combine("data", nodeId));

    private int Number(string name, int standard, int min, int max) => (int)Number(name, (long)standard, min, max);

    private long Number(string name, long standard, long min, long max)
    {
        if (Text(name) is not { } text)
        {
            return standard;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
        {
            _faults.Add($"{name} is '{text}': it must be a whole number from {min} to {max}.");
            return standard;
        }

        return number;
    }

    private Uri? Address(string name, string text)
    {
        var complete = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (Uri.TryCreate(complete, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
        {
            return uri;
        }

        _faults.Add($"{name} has '{text}': it must be a service name or a URL such as http://follower1:8001.");
        return null;
    }

    private string? ReadSecret()
    {
        var secret = Text("CLUSTER_SECRET") ?? ReadSecretFile();
        if (secret?.All(c => c is >= ' ' and <= '~') == false)
        {
            _faults.Add("CLUSTER_SECRET has characters that an HTTP header cannot carry: make it of letters, digits and signs of ASCII.");
        }

        return secret;
    }

    private string? ReadSecretFile()
    {
        if (Text("CLUSTER_SECRET_FILE") is not { } path)
        {
            return null;
        }

        try
        {
            return ClusterSecretFile.ReadOrCreate(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            _faults.Add($"CLUSTER_SECRET_FILE is '{path}': {e.Message}");
            return null;
        }
    }

    private FaultPlan? ReadFaults()
    {
        try
        {
            return FaultPoints.Read(Text("KVSTORE_FAULTS"), Number("KVSTORE_FAULTS_SEED", 1, 0, int.MaxValue));
        }
        catch (FormatException e)
        {
            _faults.Add($"KVSTORE_FAULTS is '{Text("KVSTORE_FAULTS")}': {e.Message}");
            return null;
        }
    }

    // An empty variable counts as unset.
    private string? Text(string name) => configuration[name]?.Trim() is { Length: > 0 } text ? text : null;
}
