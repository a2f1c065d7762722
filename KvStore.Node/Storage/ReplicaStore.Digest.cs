using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace KvStore.Node.Storage;

/// <summary>What a replica holds, in a few bytes.</summary>
/// <param name="Watermark">This replica's watermark at that instant.</param>
/// <param name="Count">How many live keys have a version in the range.</param>
/// <param name="Hash">XXH3 (128 bits, hexadecimal) of their keys, versions and values, in the order of the keys.</param>
internal sealed record StoreDigest(long Watermark, long Count, string Hash);

/// <content>Comparing replicas.</content>
internal sealed partial class ReplicaStore
{
    /// <summary>
    /// The digest of the live keys whose version lies in a range. Over everything, equal digests at equal watermarks mean
    /// equal stores.
    /// </summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public StoreDigest ComputeDigest(long from, long to, CancellationToken cancellationToken)
    {
        using var view = OpenView();
        var watermark = WatermarkOf(view);
        var hash = new XxHash128();
        var count = 0L;
        Span<byte> numbers = stackalloc byte[16];
        foreach (var row in view.LiveKeys())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (row.Lsn < from || row.Lsn > to)
            {
                continue;
            }

            BinaryPrimitives.WriteInt64BigEndian(numbers, row.Lsn);
            BinaryPrimitives.WriteInt32BigEndian(numbers[8..], row.Key.Length);
            BinaryPrimitives.WriteInt32BigEndian(numbers[12..], row.Value.Length);
            hash.Append(numbers);
            hash.Append(row.Key);
            hash.Append(row.Value);
            count++;
        }

        return new StoreDigest(watermark, count, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    private long WatermarkOf(StateView view)
    {
        var bound = Math.Max(LsnIn(view, MetaKeys.Watermark), LsnIn(view, MetaKeys.Cut));
        using var log = _engine.OpenCursor(StorageFamily.Log, view.Snapshot);
        for (SeekLog(log, bound + 1); log.Valid && KeyEncoding.ReadLogKey(log.Key) == bound + 1; log.Next())
        {
            bound++;
        }

        return bound;
    }

    private long LsnIn(StateView view, string name) => MetaIn(view.Snapshot, name) is { } text ? ToLsn(text) : 0;
}
