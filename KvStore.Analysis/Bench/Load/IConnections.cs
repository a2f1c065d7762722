namespace KvStore.Analysis.Bench.Load;

/// <summary>An answer.</summary>
/// <param name="Connection">The number of the connection that it came on.</param>
/// <param name="Error">What was wrong with it; null when it is what was asked for.</param>
internal readonly record struct Answer(int Connection, string? Error);

/// <summary>Connections to one server, each with one request at a time. Not for several threads.</summary>
internal interface IConnections : IDisposable
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Sends a request on a connection whose last one was answered.</summary>
    void Send(int connection, Request request);

    /// <summary>Waits for answers.</summary>
    /// <param name="atMost">How long, when none come.</param>
    /// <param name="answers">Where they are added: exactly one for each request that was sent, a broken connection's as an error.</param>
    void Wait(TimeSpan atMost, List<Answer> answers);
}
