namespace KvStore.Tests.Crash;

/// <summary>What became of a write, as far as its client knows.</summary>
internal enum WriteFate
{
    /// <summary>The answer says that it has its quorum.</summary>
    Acknowledged,

    /// <summary>The answer says that its outcome is unknown, or there was no whole answer.</summary>
    Unknown,

    /// <summary>The answer says that nothing was written.</summary>
    Rejected,

    /// <summary>The connection was refused before anything was sent.</summary>
    NotSent,

    /// <summary>A delete of a key that the leader did not have.</summary>
    KeyNotFound,
}

/// <summary>A write or delete of a <see cref="CrashLoad"/>, and what its client was told.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value, which no other write has; null in a delete.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Version">Its version, where an answer named one.</param>
/// <param name="Epoch">The epoch of the leader that gave the version.</param>
/// <param name="ReplicatedTo">How many followers had confirmed it when it was answered.</param>
/// <param name="BegunAt">Its client's place in the order of all beginnings and ends.</param>
/// <param name="EndedAt">The place of its end.</param>
internal sealed record SentWrite(
    string Key, string? Value, WriteFate Fate, long? Version = null, long? Epoch = null, int? ReplicatedTo = null, long BegunAt = 0, long EndedAt = 0)
{
    public bool IsDelete => Value is null;

    /// <summary>Whether it must be there in the end: an answer with a version says that the leader has it on disk.</summary>
    public bool IsLogged => Version is not null;

    /// <summary>Whether it must not be there in the end.</summary>
    public bool IsNowhere => Fate is WriteFate.Rejected or WriteFate.NotSent;

    public override string ToString() =>
        $"{(IsDelete ? "delete of" : "write of")} {Key}{(IsDelete ? "" : $" = '{Value}'")} ({Fate}{(Version is null ? "" : $", version {Version}, epoch {Epoch}")})";
}
