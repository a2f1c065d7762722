using KvStore.Node.Faults;

namespace KvStore.Node.Configuration;

/// <summary>What a node is in its cluster.</summary>
internal enum NodeRole
{
    /// <summary>Takes every write and ships it to the followers.</summary>
    Leader,

    /// <summary>Follows one leader and serves reads.</summary>
    Follower,
}

/// <summary>The settings of one node, read and validated once at start; see <see cref="NodeOptionsReader"/>.</summary>
internal sealed record NodeOptions
{
    /// <summary><c>NODE_ROLE</c>.</summary>
    public required NodeRole Role { get; init; }

    /// <summary><c>NODE_ID</c>: the name that confirmations are counted by.</summary>
    public required string NodeId { get; init; }

    /// <summary><c>FOLLOWERS</c>: on a leader, the address of each follower; the host may be a service name.</summary>
    public required IReadOnlyList<Uri> Followers { get; init; }

    /// <summary><c>LEADER</c>: on a follower, the address that a client which writes to the wrong node is told.</summary>
    public Uri? Leader { get; init; }

    /// <summary><c>WRITE_QUORUM</c>: W, how many followers must confirm a write.</summary>
    public required int WriteQuorum { get; init; }

    /// <summary><c>MIN_DELAY_MS</c> and <c>MAX_DELAY_MS</c>: the simulated lag.</summary>
    public required SimulatedLag Lag { get; init; }

    /// <summary><c>WRITE_TIMEOUT_MS</c>: how long a write waits for its quorum.</summary>
    public required TimeSpan WriteTimeout { get; init; }

    /// <summary><c>DATA_DIR</c>: the folder of the database.</summary>
    public required string DataDirectory { get; init; }

    /// <summary><c>BACKUP_DIR</c>: the folder that backups are made in. On the database's own file system a backup shares its files, elsewhere they are copied.</summary>
    public required string BackupDirectory { get; init; }

    /// <summary>The limits.</summary>
    public NodeLimits Limits { get; init; } = new();

    /// <summary><c>KVSTORE_FAULTS</c> and <c>KVSTORE_FAULTS_SEED</c>: faults that a test asks for; null for none.</summary>
    public FaultPlan? Faults { get; init; }

    /// <summary><c>CLUSTER_SECRET</c>, or the content of <c>CLUSTER_SECRET_FILE</c>; null when neither is set.</summary>
    public string? ClusterSecret { get; init; }
}

/// <summary>The range that simulated lags are drawn from, uniformly.</summary>
/// <param name="MinMs">The shortest lag, in milliseconds.</param>
/// <param name="MaxMs">The longest, in milliseconds; 0 simulates none.</param>
internal sealed record SimulatedLag(int MinMs, int MaxMs)
{
    /// <summary>Whether every lag is zero.</summary>
    public bool IsNone => MaxMs == 0;

    /// <summary>Draws one lag.</summary>
    public TimeSpan Draw(Random random) => TimeSpan.FromMilliseconds(MinMs + (random.NextDouble() * (MaxMs - MinMs)));

    /// <summary>What is wrong with the range, in words; null when it is 0 ≤ min ≤ max &lt; <paramref name="writeTimeout"/>.</summary>
    public string? Fault(TimeSpan writeTimeout)
    {
        var timeoutMs = (int)writeTimeout.TotalMilliseconds;
        return MinMs >= 0 && MinMs <= MaxMs && MaxMs < timeoutMs
            ? null
            : $"The simulated lag must be 0 <= minimum <= maximum < {timeoutMs} ms (the write timeout).";
    }
}
