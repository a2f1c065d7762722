namespace KvStore.Analysis.Bench.Load;

/// <summary>What a store is asked to do.</summary>
internal enum RequestKind
{
    /// <summary>Give a key a value, and answer when as many replicas as the workload says have confirmed it.</summary>
    Write,

    /// <summary>Say a key's value.</summary>
    Read,

    /// <summary>Answer <c>GET /alive</c>: what the server's HTTP costs without the store.</summary>
    Alive,
}

/// <summary>One request: what is asked, and the number of the key.</summary>
internal readonly record struct Request(RequestKind Kind, int Key);
