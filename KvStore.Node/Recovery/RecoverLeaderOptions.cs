using System.Globalization;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Recovery;

/// <summary>What <c>recover-leader</c> is told on the command line and by variables.</summary>
internal sealed record RecoverLeaderOptions
{
    private const int FollowersStandard = 5;

    /// <summary><c>NODE_ID</c>, by default <c>leader</c>: whose store is made.</summary>
    public required string NodeId { get; init; }

    /// <summary><c>DATA_DIR</c>: where it is made.</summary>
    public required string DataDirectory { get; init; }

    /// <summary><c>--from</c>: the data folders of followers, which do not run.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary><c>--followers</c>: how many followers the cluster has.</summary>
    public int FollowerCount { get; init; } = FollowersStandard;

    /// <summary><c>--accept-holes</c>: go on without the entries that none of the folders has.</summary>
    public bool AcceptHoles { get; init; }

    /// <summary><c>LOG_…</c>, as the leader will have them.</summary>
    public LogLimits Log { get; init; } = new();

    /// <summary>Reads the arguments that follow the command's name, and the variables.</summary>
    /// <exception cref="ConfigurationException">They do not say what to do.</exception>
    public static RecoverLeaderOptions Read(IReadOnlyList<string> args)
    {
        var faults = new List<string>();
        var sources = new List<string>();
        var variables = new List<string>();
        var (followers, acceptHoles) = (FollowersStandard, false);
        using var rest = args.GetEnumerator();
        while (rest.MoveNext())
        {
            var (name, value) = rest.Current.Split('=', 2) is [var before, var after] ? (before, after) : (rest.Current, null);
            switch (name)
            {
                case "--from":
                    sources.Add(Path.GetFullPath(Next() ?? "."));
                    break;
                case "--followers":
                    var text = Next();
                    if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out followers) || followers is < 1 or > 1000)
                    {
                        faults.Add($"--followers is '{text}': it must be the number of followers that the cluster has, from 1 to 1000.");
                    }

                    break;
                case "--accept-holes" when value is null:
                    acceptHoles = true;
                    break;
                case ['-', '-', >= 'A' and <= 'Z', ..] when value is not null:
                    variables.Add(rest.Current);
                    break;
                default:
                    faults.Add($"'{rest.Current}' is not an argument of recover-leader. {Usage.RecoverLeader}");
                    break;
            }

            string? Next()
            {
                value ??= rest.MoveNext() ? rest.Current : null;
                if (value is null or "" or ['-', '-', ..])
                {
                    faults.Add($"{name} lacks its value. {Usage.RecoverLeader}");
                    value = null;
                }

                return value;
            }
        }

        if (sources.Count == 0 && faults.Count == 0)
        {
            faults.Add($"No follower's data is named. {Usage.RecoverLeader}");
        }

        return faults.Count == 0
            ? NodeOptionsReader.ReadRecovery(
                new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. variables]).Build(),
                (nodeId, directory, log) => new RecoverLeaderOptions
                {
                    NodeId = nodeId,
                    DataDirectory = directory,
                    Sources = sources,
                    FollowerCount = followers,
                    AcceptHoles = acceptHoles,
                    Log = log,
                })
            : throw new ConfigurationException(faults);
    }
}
