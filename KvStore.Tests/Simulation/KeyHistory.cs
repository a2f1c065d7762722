namespace KvStore.Tests.Simulation;

/// <summary>What a client was told of a write.</summary>
internal enum ClientOutcome
{
    /// <summary>It has its quorum.</summary>
    Acknowledged,

    /// <summary>It was not logged.</summary>
    Rejected,

    /// <summary>It may or may not be in the log; no answer counts as that.</summary>
    Unknown,
}

/// <summary>One request to write a key, as a client saw it.</summary>
/// <param name="Id">Tells the write from all others.</param>
/// <param name="Began">When the client sent it.</param>
/// <param name="Ended">When the client had its answer, or gave up.</param>
/// <param name="Outcome">What it was told.</param>
/// <param name="Version">The version that it was told; null when it was told none.</param>
internal sealed record WriteSeen(string Id, TimeSpan Began, TimeSpan Ended = default, ClientOutcome Outcome = ClientOutcome.Unknown, long? Version = null);

/// <summary>One read of a key.</summary>
/// <param name="At">When.</param>
/// <param name="IsOnLeader">Whether the leader was asked.</param>
/// <param name="Version">The version that was shown; null for no value.</param>
/// <param name="Value">The value that was shown.</param>
internal sealed record ReadSeen(TimeSpan At, bool IsOnLeader, long? Version, string? Value);

/// <summary>Everything that clients saw of one key, and whether the promises explain it.</summary>
internal sealed class KeyHistory
{
    public List<WriteSeen> Writes { get; } = [];

    public List<ReadSeen> Reads { get; } = [];

    /// <summary>The first thing that the promises do not explain, in words; null when they explain all of it.</summary>
    /// <param name="log">The entries of this key that are in the log of the leader, ascending.</param>
    /// <param name="lost">Those that followers had from a leader that died before its own fsync, and showed for a while.</param>
    public string? Unexplained(IReadOnlyList<LoggedEntry> log, params IReadOnlyList<LoggedEntry> lost)
    {
        var byId = log.GroupBy(SimulatedWrite.IdOf).ToDictionary(group => group.Key, group => group.ToList());
        return UnexplainedWrite(byId) ?? UnexplainedOrder(byId) ?? UnexplainedRead(log, lost);
    }

    private string? UnexplainedWrite(Dictionary<string, List<LoggedEntry>> byId)
    {
        foreach (var write in Writes)
        {
            var entries = byId.GetValueOrDefault(write.Id) ?? [];
            if (write.Version is { } version && entries.TrueForAll(entry => entry.Lsn != version))
            {
                return $"DURABLE: {write} is not in the log at its version.";
            }

            if (write.Outcome == ClientOutcome.Rejected && entries.Count > 0 && Writes.TrueForAll(other => other.Id != write.Id || other.Outcome == ClientOutcome.Rejected))
            {
                return $"HONEST: {write} is in the log at {entries[0].Lsn}.";
            }
        }

        return null;
    }

    // Of two writes the one that began after the other had ended has the higher version.
    private string? UnexplainedOrder(Dictionary<string, List<LoggedEntry>> byId)
    {
        var ended = Writes.Where(write => write.Outcome == ClientOutcome.Acknowledged).OrderBy(write => write.Ended).ToList();
        foreach (var later in Writes.Where(write => byId.ContainsKey(write.Id)))
        {
            // A repetition of an earlier write has that one's version.
            var first = Writes.Where(write => write.Id == later.Id).Min(write => write.Began);
            var before = ended.TakeWhile(write => write.Ended < first).MaxBy(write => write.Version);
            if (before is not null && byId[later.Id].Exists(entry => entry.Lsn <= before.Version))
            {
                return $"ORDER: {later} began after {before} was acknowledged, and has a lower version.";
            }
        }

        return null;
    }

    private string? UnexplainedRead(IReadOnlyList<LoggedEntry> log, IReadOnlyList<LoggedEntry> lost)
    {
        foreach (var read in Reads)
        {
            // The leader shows what is on its disk and nothing else.
            var shown = (read.IsOnLeader ? log : log.Concat(lost)).Any(entry => entry.Lsn == read.Version && !entry.IsDelete && entry.Value == read.Value);
            if (read.Version is not null && !shown)
            {
                return $"VISIBLE: {read} shows what nobody wrote.";
            }

            // The leader has every acknowledged write. A follower may be behind.
            var acknowledged = Writes.Where(write => write.Outcome == ClientOutcome.Acknowledged && write.Ended < read.At).Max(write => write.Version) ?? 0;
            var isExplained = !read.IsOnLeader || (read.Version is { } version
                ? version >= acknowledged
                : acknowledged == 0 || log.Any(entry => entry.IsDelete && entry.Lsn >= acknowledged));
            if (!isExplained)
            {
                return $"DURABLE: {read} on the leader, after version {acknowledged} was acknowledged.";
            }
        }

        return null;
    }
}
