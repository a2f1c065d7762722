using KvStore.Tests.Integration;

namespace KvStore.Tests.Crash;

/// <summary>The rounds' collection, which runs beside nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CrashRounds : ICollectionFixture<CrashCluster>
{
    public const string Name = "Crash rounds";
}

/// <summary>
/// A cluster whose network can be cut. Its writes wait for their quorum for less time than a greeting takes to fail, so that a
/// leader that starts behind a cut has to reject some.
/// </summary>
public sealed class CrashCluster : ClusterFixture
{
    /// <summary>How many rounds were begun and not passed.</summary>
    public int FailedRounds { get; set; }

    private protected override ClusterOptions Options => new() { IsLinked = true, WriteTimeoutMs = 1500 };
}
