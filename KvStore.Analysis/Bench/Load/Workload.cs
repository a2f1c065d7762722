namespace KvStore.Analysis.Bench.Load;

/// <summary>What is asked of a store, and by how many at a time.</summary>
internal sealed record Workload
{
    /// <summary>Connections, each with one request at a time.</summary>
    public int Connections { get; init; } = 50;

    /// <summary>Open loop: requests a second, each due at its moment however late the answers are. Null is the closed loop: an answer lets the next request go.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>How many keys there are; each request takes one at random.</summary>
    public int Keys { get; init; } = 10_000;

    /// <summary>The size of a value.</summary>
    public int ValueBytes { get; init; } = 100;

    /// <summary>Which part of the requests are reads, 0 to 1.</summary>
    public double ReadShare { get; init; }

    /// <summary>W: how many followers must have confirmed a write.</summary>
    public int WriteQuorum { get; init; } = 3;

    /// <summary>Whether <c>GET /alive</c> is asked in place of reads and writes.</summary>
    public bool IsAlive { get; init; }

    /// <summary>Requests without end, the same ones for the same seed.</summary>
    public IEnumerable<Request> Requests(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            var key = random.Next(Keys);
            yield return new(IsAlive ? RequestKind.Alive : random.NextDouble() < ReadShare ? RequestKind.Read : RequestKind.Write, key);
        }
    }

    /// <summary>One write of each key.</summary>
    public IEnumerable<Request> Filling() => Enumerable.Range(0, Keys).Select(key => new Request(RequestKind.Write, key));
}
