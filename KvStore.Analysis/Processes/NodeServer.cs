using System.Globalization;

namespace KvStore.Analysis.Processes;

/// <summary>A node as a process of its own, from the same build as this program, without simulated lag.</summary>
internal static class NodeServer
{
    /// <summary>Starts a leader.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="followers">Where its followers listen.</param>
    /// <param name="folder">Where its data go, in a folder of its name.</param>
    /// <param name="secret">The cluster's secret.</param>
    /// <param name="variables">Set in its environment as well.</param>
    public static ServerProcess StartLeader(
        Uri address, IEnumerable<Uri> followers, string folder, string secret, params IEnumerable<(string Name, string Value)> variables) =>
        Start("leader", "leader", address, folder, secret, [("FOLLOWERS", string.Join(',', followers)), .. variables]);

    /// <summary>Starts a follower; its leader finds it.</summary>
    /// <inheritdoc cref="StartLeader"/>
    /// <param name="id">What it is called.</param>
    public static ServerProcess StartFollower(
        string id, Uri address, string folder, string secret, params IEnumerable<(string Name, string Value)> variables) =>
        Start(id, "follower", address, folder, secret, variables);

    /// <summary>What the follower of this number is called, from 1 on.</summary>
    public static string FollowerId(int number) => string.Create(CultureInfo.InvariantCulture, $"follower{number}");

    private static ServerProcess Start(
        string id, string role, Uri address, string folder, string secret, IEnumerable<(string Name, string Value)> variables)
    {
        (string, string)[] own =
        [
            ("NODE_ID", id), ("NODE_ROLE", role), ("DATA_DIR", Path.Combine(folder, id)), ("CLUSTER_SECRET", secret),
            ("ASPNETCORE_URLS", address.ToString()), ("MIN_DELAY_MS", "0"), ("MAX_DELAY_MS", "0"), ("KVSTORE_STOP_ON_STDIN_EOF", "true"),
        ];
        return ServerProcess.Start(id, "dotnet", [Path.Combine(AppContext.BaseDirectory, "KvStore.Node.dll")], own.Concat(variables));
    }
}
