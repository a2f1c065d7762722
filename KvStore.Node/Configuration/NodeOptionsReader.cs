using System.Globalization;

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
        var options = new NodeOptions
        {
            Role = role,
            NodeId = nodeId,
            Followers = [.. followers.Select(text => Address("FOLLOWERS", text)).OfType<Uri>()],
            Leader = Text("LEADER") is { } leader ? Address("LEADER", leader) : null,
            WriteQuorum = ReadQuorum(role, followers.Length),
            Lag = new SimulatedLag(Number("MIN_DELAY_MS", 0, 0, 600_000), Number("MAX_DELAY_MS", 1000, 0, 600_000)),
            WriteTimeout = TimeSpan.FromMilliseconds(timeoutMs),
            DataDirectory = Path.GetFullPath(Text("DATA_DIR") ?? Path.Combine("data", nodeId)),
            ClusterSecret = Text("CLUSTER_SECRET") ?? ReadSecretFile(),
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

    private int Number(string name, int standard, int min, int max)
    {
        if (Text(name) is not { } text)
        {
            return standard;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
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

    // An empty variable counts as unset.
    private string? Text(string name) => configuration[name]?.Trim() is { Length: > 0 } text ? text : null;
}
