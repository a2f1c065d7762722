namespace KvStore.Node.Replication.Leader;

/// <summary>Bounds the writes that are in flight, from their arrival to their answer, by count and by bytes (BOUNDED).</summary>
internal sealed class WriteAdmission(int writesMax, long bytesMax)
{
    private readonly Lock _gate = new();
    private int _writes;
    private long _bytes;

    /// <summary>How many writes are in flight.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>Lets a write in.</summary>
    /// <returns>False when there are too many already; otherwise the caller owes a <see cref="Leave"/>.</returns>
    public bool TryEnter(long bytes)
    {
        lock (_gate)
        {
            if (_writes >= writesMax || _bytes + bytes > bytesMax)
            {
                return false;
            }

            _writes++;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>A write has its answer.</summary>
    public void Leave(long bytes)
    {
        lock (_gate)
        {
            _writes--;
            _bytes -= bytes;
        }
    }
}
