using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;

namespace KvStore.Node.Recovery;

/// <summary>
/// Makes a leader's store out of followers' data: the state of the one with the highest watermark, and every further entry
/// that any of them has. What none of them has is given up, and the log begins above it.
/// </summary>
/// <remarks>
/// A write that was acknowledged with quorum W is on at least W of n followers, so it is on one of f given ones when
/// W + f &gt; n. Whoever is not given may hold entries that are in no folder given. So that no LSN means two writes (ORDER),
/// LSNs are then left out, far beyond what anybody may hold, and every follower becomes what the leader is by a snapshot
/// (CONVERGE).
/// </remarks>
internal sealed class LeaderRecovery(RecoverLeaderOptions options, TextWriter report)
{
    /// <summary>
    /// How many LSNs are left out, at least, when not every follower's data is there. A follower that holds even higher ones objects. At random
    /// it is up to twice as many, so that two logs that are made out of the data of different followers do not end at the same LSN.
    /// </summary>
    public const long LsnsLeftOutMin = 1_000_000;

    private const string WorkFolder = "recovering";
    private const int RangesShownMax = 20;
    private const int EntriesPerBatch = 1024;
    private const long BytesPerBatch = 4 << 20;

    /// <summary>Does it. The leader's folder holds a database only when all went well.</summary>
    /// <exception cref="StorageException">It cannot be done; the message says what to do.</exception>
    public void Run()
    {
        var target = Directory.CreateDirectory(options.DataDirectory);
        var work = Path.Combine(target.FullName, WorkFolder);
        if (target.EnumerateFileSystemInfos().Any(item => item.FullName != work))
        {
            throw new StorageException($"'{target}' is not empty: move it away first, it may be needed yet.");
        }

        DeleteWork(work);
        try
        {
            Directory.CreateDirectory(work);
            var recovered = MakeStore(work);
            MoveIntoPlace(recovered, target.FullName);
            report.WriteLine($"Start the leader with NODE_ID={options.NodeId} and DATA_DIR={target}.");
        }
        finally
        {
            DeleteWork(work);
        }
    }

    private string MakeStore(string work)
    {
        var sources = new List<RecoverySource>();
        try
        {
            foreach (var origin in options.Sources)
            {
                sources.Add(RecoverySource.Copy(origin, Path.Combine(work, $"{sources.Count}")));
            }

            Check(sources);
            var (epoch, epochs) = GiveUpTails(sources);
            var basis = sources.MaxBy(source => source.Holdings.Watermark)!;
            basis.Store.AbandonSnapshot();
            sources.ForEach(source => Unite(basis, source));
            var isComplete = Close(basis, sources.Select(source => source.Name).Where(name => name != options.NodeId).Distinct().Count());

            // Where LSNs are left out, no follower can have what the log has: all get a snapshot, whatever leader they followed.
            basis.Store.BecomeLeaders(
                options.NodeId, epoch, isComplete ? epochs : EpochHistory.Empty, isCopy: sources.Exists(source => source.IsBackup), options.Log);
            report.WriteLine(
                $"The leader of cluster {basis.Store.ClusterId} goes on after LSN {basis.Store.ReadHoldings().Max} and epoch {epoch.Counter}; "
                + $"its log begins at LSN {basis.Store.CutLsn + 1}.");
            return basis.Directory;
        }
        finally
        {
            sources.ForEach(source => source.Dispose());
        }
    }

    private void Check(List<RecoverySource> sources)
    {
        foreach (var source in sources)
        {
            report.WriteLine($"{source.Name} holds the entries {Describe(source.Holdings)}: {source.Origin}");
            var first = sources.First(other => other.Store.StoreId == source.Store.StoreId);
            if (first != source)
            {
                throw new StorageException($"'{first.Origin}' and '{source.Origin}' are the same store ({source.Name}): name each follower once.");
            }

            if (source.Store.ClusterId != sources[0].Store.ClusterId)
            {
                throw new StorageException(
                    $"'{sources[0].Origin}' belongs to cluster {sources[0].Store.ClusterId}, and '{source.Origin}' to cluster {source.Store.ClusterId}: "
                    + "name followers of one cluster.");
            }
        }
    }

    // A follower that was away when a leader died before its own fsync may hold writes that the next leader never had, at LSNs that
    // it gave to others.
    private (Epoch Epoch, EpochHistory Epochs) GiveUpTails(List<RecoverySource> sources)
    {
        var epoch = sources.Select(source => source.LastLeader.Epoch).MaxBy(epoch => epoch.Counter);
        var (epochs, basis, other) = EpochHistory.OfAll([.. sources.Select(source => (source.LastLeader, source.Holdings.Max))]);
        if (other is { } i)
        {
            throw new StorageException(
                $"{sources[basis].Name} and {sources[i].Name} followed two leaders, and each holds entries that the other's leader lacks. "
                + "Name one of them, and the followers that agree with it.");
        }

        foreach (var source in sources)
        {
            if (source.GiveUpTail(epoch, epochs) is > 0 and var count)
            {
                report.WriteLine(
                    $"{count} entries of {source.Name} are left out: no leader had them on its disk, so none was acknowledged. It holds {Describe(source.Holdings)} without them.");
            }
        }

        return (epoch, epochs);
    }

    // A log that was cut was cut below its own watermark, so above the highest watermark it has all that its replica holds.
    private void Unite(RecoverySource basis, RecoverySource other)
    {
        if (other == basis)
        {
            return;
        }

        var batch = new List<EncodedEntry>();
        var (bytes, added) = (0L, 0L);
        foreach (var entry in other.Store.ReadLog(basis.Holdings.Watermark + 1))
        {
            if (basis.Store.ReadEntry(entry.Lsn) is { } known)
            {
                if (!known.Bytes.Span.SequenceEqual(entry.Bytes.Span))
                {
                    throw new StorageException(
                        $"At LSN {entry.Lsn} {basis.Name} and {other.Name} have different writes: two leaders wrote to them. Name one of them, and the followers that agree with it.");
                }

                continue;
            }

            batch.Add(entry);
            bytes += entry.Bytes.Length;
            added++;
            if (batch.Count == EntriesPerBatch || bytes > BytesPerBatch)
            {
                basis.Store.Append(batch, basis.Holdings.Watermark);
                batch.Clear();
                bytes = 0;
            }
        }

        basis.Store.Append(batch, basis.Holdings.Watermark);
        report.WriteLine($"{added} entries of {other.Name} were added to what {basis.Name} holds.");
    }

    // Leaves a log without gaps, whose next LSN no follower can hold. Returns whether that took no LSNs to be left out.
    private bool Close(RecoverySource basis, int given)
    {
        var holdings = basis.Store.ReadHoldings();
        var isComplete = given >= options.FollowerCount;
        report.WriteLine($"{given} of {options.FollowerCount} followers' data was given: {(isComplete
            ? "every write that was acknowledged is in it."
            : $"a write that was acknowledged with a write quorum of {options.FollowerCount - given + 1} or more is in it; one with a smaller quorum may be missing.")}");

        var holes = new LsnRangeSet();
        if (holdings.Max > 0)
        {
            holes.Add(new LsnRange(1, holdings.Max));
            holes.Remove(holdings);
        }

        if (!holes.IsEmpty && !isComplete && !options.AcceptHoles)
        {
            throw new StorageException(
                $"None of the folders has the entries {Describe(holes)} ({holes.Count} in all). They may be writes that were acknowledged with a write quorum "
                + $"of {options.FollowerCount - given} or less, and be on a follower that was not named: name the others as well, with a further --from for each. "
                + "If their data is lost, --accept-holes goes on without these entries.");
        }

        if (!holes.IsEmpty)
        {
            report.WriteLine(
                $"The entries {Describe(holes)} are given up ({holes.Count} in all): "
                + (isComplete ? "no follower has them, so none was acknowledged." : "none of the folders has them."));
        }

        CutUpTo(basis.Store, isComplete ? holes.Max : holdings.Max);
        if (!isComplete)
        {
            var leftOut = LsnsLeftOutMin + Random.Shared.NextInt64(LsnsLeftOutMin);
            basis.Store.SkipTo(holdings.Max + leftOut);
            report.WriteLine(
                $"{leftOut} LSNs are left out, since a follower that was not named may hold some of them; every follower gets a snapshot.");
        }

        return isComplete;
    }

    private static void CutUpTo(ReplicaStore store, long lsn)
    {
        while (store.Cut(lsn))
        {
            // The next piece.
        }
    }

    private static string Describe(LsnRangeSet lsns) => lsns switch
    {
        { IsEmpty: true } => "none",
        { Ranges.Count: <= RangesShownMax } => lsns.ToString(),
        _ => $"{new LsnRangeSet(lsns.Ranges.Take(RangesShownMax))}, ... to {lsns.Max}",
    };

    // The file that makes a folder a database comes last.
    private static void MoveIntoPlace(string from, string target)
    {
        foreach (var file in new DirectoryInfo(from).GetFiles().OrderBy(file => file.Name == "CURRENT"))
        {
            file.MoveTo(Path.Combine(target, file.Name));
        }
    }

    private static void DeleteWork(string work)
    {
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
