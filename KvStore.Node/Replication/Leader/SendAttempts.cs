namespace KvStore.Node.Replication.Leader;

/// <summary>
/// Counts how often each sampled entry was sent to one follower, for the spans. Nothing is kept of entries that are not
/// sampled, and of those that are the newest <see cref="EntriesMax"/>: one that was sent before these begins at 1 again.
/// </summary>
internal sealed class SendAttempts
{
    /// <summary>How many entries are kept in mind (BOUNDED).</summary>
    public const int EntriesMax = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, int> _attempts = [];
    private readonly Queue<long> _order = new();

    /// <summary>An entry is about to be sent.</summary>
    /// <returns>1 for the first time, 2 for the second, and so on.</returns>
    public int Next(long lsn)
    {
        lock (_gate)
        {
            var attempt = _attempts[lsn] = _attempts.GetValueOrDefault(lsn) + 1;
            if (attempt == 1)
            {
                _order.Enqueue(lsn);
                if (_order.Count > EntriesMax)
                {
                    _attempts.Remove(_order.Dequeue());
                }
            }

            return attempt;
        }
    }
}
