namespace KvStore.Node;

/// <summary>How the program is called.</summary>
internal static class Usage
{
    /// <summary>How a leader's store is made out of followers' data.</summary>
    public const string RecoverLeader =
        "Usage: KvStore.Node recover-leader --from <a follower's DATA_DIR> [--from <another's> ...] [--followers <how many there are>] [--accept-holes]";

    /// <summary>All of it.</summary>
    public const string Text = $"""
        KvStore.Node runs one node of a replicated key-value store. Variables of the environment say which; each can also be
        given as an argument, such as --NODE_ROLE=leader. docs/configuration.md lists them.

          KvStore.Node [--NAME=value ...]
              Runs a node. NODE_ROLE is leader or follower; a leader needs FOLLOWERS as well.

          KvStore.Node recover-leader --from <a follower's DATA_DIR> [--from <another's> ...] [--followers n] [--accept-holes]
              Makes the store of a leader whose data was lost, in its DATA_DIR (absent or empty; NODE_ID is 'leader' unless set),
              out of the data of followers that do not run. Name as many followers as there are: --followers says how many the
              cluster has (default 5). --accept-holes goes on without entries that none of those named has.

          KvStore.Node --health-check
              Exits with 0 when the node that listens on this machine, on the port that HTTP_PORTS or ASPNETCORE_URLS names, answers
              GET /health with 200, and with 1 otherwise.

          KvStore.Node --help
        """;
}
