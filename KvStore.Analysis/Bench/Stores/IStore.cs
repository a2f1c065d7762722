using System.Net;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Protocols;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>A store that runs: a leader and its followers.</summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>What it is, and its version.</summary>
    string Description { get; }

    /// <summary>Where its leader takes requests.</summary>
    IPEndPoint Leader { get; }

    /// <summary>Its processes, the leader first; none when they are not on this machine.</summary>
    IReadOnlyList<ServerProcess> Processes { get; }

    /// <summary>Makes the client's side of a connection.</summary>
    Conversation Converse(Workload workload, int seed);

    /// <summary>Waits until all its replicas hold the same, where the store can say that.</summary>
    /// <returns>What was found, as one sentence.</returns>
    /// <exception cref="AnalysisException">They do not.</exception>
    Task<string?> VerifyAsync(CancellationToken cancellationToken);
}
