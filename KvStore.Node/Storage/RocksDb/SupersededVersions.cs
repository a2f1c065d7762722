using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvStore.Node.Storage.RocksDb;

/// <summary>
/// Which versions of keys RocksDB's compactions drop: those that a newer version at or below an LSN has superseded. Dropping them
/// while a compaction reads them anyway is nearly free; deleting each cost as much as writing it.
/// </summary>
/// <remarks>
/// A compaction filter also sees what open snapshots still read, so the LSN stays where it was when the oldest open view was made.
/// (As for iterators, they keep the files that they began with.)
/// </remarks>
internal sealed unsafe class SupersededVersions : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<long> _views = [];
    private readonly long* _effective = (long*)NativeMemory.AllocZeroed(sizeof(long)); // The filters' threads read it.
    private long _upTo;

    /// <summary>Lets go what versions at or below <paramref name="lsn"/> have superseded.</summary>
    public void DropUpTo(long lsn)
    {
        lock (_gate)
        {
            _upTo = Math.Max(_upTo, lsn);
            Settle();
        }
    }

    /// <summary>A view is about to be made, which reads all that was not let go by now.</summary>
    /// <returns>What <see cref="EndView"/> is given.</returns>
    public long BeginView()
    {
        lock (_gate)
        {
            _views.Add(_upTo);
            return _upTo;
        }
    }

    /// <summary>The view is not read any more.</summary>
    public void EndView(long begun)
    {
        lock (_gate)
        {
            _views.Remove(begun);
            Settle();
        }
    }

    /// <summary>Makes what gives each compaction its filter; the options that it is set in own it.</summary>
    public nint CreateFilterFactory() => RocksDbNative.CompactionFilterFactoryCreate((nint)_effective, &Nothing, &CreateFilter, &Name);

    /// <summary>After the database is closed.</summary>
    public void Dispose() => NativeMemory.Free(_effective);

    private void Settle() => Volatile.Write(ref *_effective, _views.Count == 0 ? _upTo : Math.Min(_upTo, _views.Min()));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateFilter(nint effective, nint context)
    {
        var compaction = (Compaction*)NativeMemory.AllocZeroed((nuint)sizeof(Compaction));
        compaction->UpTo = (long*)effective;
        return RocksDbNative.CompactionFilterCreate((nint)compaction, &EndCompaction, &IsSuperseded, &Name);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void EndCompaction(nint compaction) => NativeMemory.Free((void*)compaction);

    // One compaction, on one thread, sees the versions of a key together and the newest first.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte IsSuperseded(
        nint state, int level, byte* key, nuint keyLength, byte* value, nuint valueLength, byte** newValue, nuint* newValueLength, byte* valueChanged)
    {
        var compaction = (Compaction*)state;
        var row = new ReadOnlySpan<byte>(key, (int)keyLength);
        if (row.Length < KeyEncoding.SuffixBytes || row.Length > Compaction.KeyBytesMax)
        {
            compaction->KeyLength = 0;
            return 0; // No version of a key that could be written.
        }

        var part = KeyEncoding.KeyPart(row);
        var lsn = KeyEncoding.LsnOf(row);
        var newer = new Span<byte>(compaction->Key, Compaction.KeyBytesMax);
        if (newer[..compaction->KeyLength].SequenceEqual(part))
        {
            var isSuperseded = compaction->Lsn > 0 && compaction->Lsn <= Volatile.Read(ref *compaction->UpTo);
            compaction->Lsn = lsn;
            return isSuperseded ? (byte)1 : (byte)0;
        }

        part.CopyTo(newer);
        (compaction->KeyLength, compaction->Lsn) = (part.Length, lsn);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Nothing(nint state)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* Name(nint state) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("kvstore superseded versions\0"u8));

    // What a filter remembers of the row before.
    private struct Compaction
    {
        public const int KeyBytesMax = 4096; // A key of 1 KiB, every byte escaped, is half as long.

        public long* UpTo;
        public long Lsn;
        public int KeyLength;
        public fixed byte Key[KeyBytesMax];
    }
}
