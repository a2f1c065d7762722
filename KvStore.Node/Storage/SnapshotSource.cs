using KvStore.Node.Faults;

namespace KvStore.Node.Storage;

/// <summary>The state at an LSN, as it goes to another replica: every live key with its version, in the order of the keys.</summary>
/// <param name="view">The view that it is read from; disposed with this.</param>
/// <param name="lsn">The LSN.</param>
internal sealed class SnapshotSource(StateView view, long lsn) : IDisposable
{
    private readonly Lock _gate = new();
    private bool _isDisposed;

    /// <summary>The state holds the effect of every entry up to this one and of none above it.</summary>
    public long Lsn { get; } = lsn;

    /// <summary>The next rows.</summary>
    /// <param name="afterKey">The last key that was read; empty at the beginning.</param>
    /// <param name="bytesMax">About how many bytes of keys and values; at least one row is read if there is one.</param>
    /// <returns>The rows, and whether they are the last; null when the source is closed.</returns>
    public (List<LiveKey> Rows, bool IsLast)? Read(byte[] afterKey, long bytesMax)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return null;
            }

            var rows = new List<LiveKey>();
            var bytes = 0L;
            foreach (var row in view.LiveKeys(afterKey))
            {
                if (bytes >= bytesMax)
                {
                    return (rows, false);
                }

                if (PlantedBugs.Has(PlantedBug.SnapshotDropsKey) && row.Lsn % 7 == 0)
                {
                    continue;
                }

                rows.Add(row);
                bytes += row.Key.Length + row.Value.Length;
            }

            return (rows, true);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            view.Dispose();
        }
    }
}
