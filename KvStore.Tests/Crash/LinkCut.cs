namespace KvStore.Tests.Crash;

/// <summary>How a <see cref="TcpLink"/> is cut.</summary>
internal enum LinkCut
{
    /// <summary>No byte passes, either way, and every connection stays open: packets are lost and nobody says so.</summary>
    BlackHole,

    /// <summary>As <see cref="BlackHole"/>, but answers of the follower pass.</summary>
    LostRequests,

    /// <summary>As <see cref="BlackHole"/>, but what the leader sends passes: the follower writes it, and its answer is lost.</summary>
    LostAnswers,

    /// <summary>Every connection is reset, and so is each new one.</summary>
    Reset,
}
