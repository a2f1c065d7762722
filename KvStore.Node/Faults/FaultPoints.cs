using KvStore.Node.Storage;

namespace KvStore.Node.Faults;

/// <summary>Where the product's code meets the faults that tests ask for. In a release build there is nothing here.</summary>
internal static class FaultPoints
{
#if FAULT_POINTS
    /// <summary>Reads the variables of a plan.</summary>
    /// <exception cref="FormatException">They say no plan.</exception>
    public static FaultPlan? Read(string? faults, int seed) => faults is null ? null : FaultPlan.Parse(faults, seed);

    /// <summary>The engine, whose commits fail as planned.</summary>
    public static IStorageEngine Around(IStorageEngine engine, FaultPlan? plan) => plan is null ? engine : new FaultyEngine(engine, plan);

    /// <summary>A stream to a follower, on which messages fail as planned.</summary>
    public static Stream Around(Stream connection, FaultPlan? plan) => plan is null ? connection : new FaultyStream(connection, plan);

    /// <summary>The leader's requests to its followers fail as planned.</summary>
    public static IHttpClientBuilder AddFaults(this IHttpClientBuilder client, FaultPlan? plan) =>
        plan is null ? client : client.AddHttpMessageHandler(() => new FaultyConnection(plan));
#else
    /// <summary>There is no plan.</summary>
    /// <exception cref="FormatException">One was asked for.</exception>
    public static FaultPlan? Read(string? faults, int seed) =>
        faults is null ? null : throw new FormatException("this build has no fault points.");

    /// <summary>The engine as it is.</summary>
    public static IStorageEngine Around(IStorageEngine engine, FaultPlan? plan) => engine;

    /// <summary>The connection as it is.</summary>
    public static Stream Around(Stream connection, FaultPlan? plan) => connection;

    /// <summary>The client as it is.</summary>
    public static IHttpClientBuilder AddFaults(this IHttpClientBuilder client, FaultPlan? plan) => client;
#endif
}
