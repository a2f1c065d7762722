namespace KvStore.Node.Replication.Core;

/// <content>
/// How fast a backlog is sent. Reading it and writing it takes of the processors and disks that clients' writes need, so while
/// those come a follower catches up in smaller messages, one at a time, and with a pause after each.
/// </content>
internal sealed partial class Lane
{
    // A backlog that shrinks by less than this for each entry that comes is not slowed down, or it might never end.
    private const int GainMin = 4;

    private const int SharedPart = 4;
    private const double SharedPause = 1.25;

    private long _appendedSinceCatchUp;
    private bool _isCatchUpShared;
    private TimeSpan _catchUpAt;

    private int CatchUpBatchesInFlight => _isCatchUpShared ? 1 : limits.CatchUpBatchesInFlight;

    private int CatchUpEntriesPerBatch => _isCatchUpShared ? Math.Max(1, limits.CatchUpEntriesPerBatch / SharedPart) : limits.CatchUpEntriesPerBatch;

    private void BeginCatchUp() => (_appendedSinceCatchUp, _isCatchUpShared, _catchUpAt) = (0, false, TimeSpan.Zero);

    private void PaceCatchUp(LaneBatch batch, TimeSpan? sentAt, TimeSpan now)
    {
        if (batch.Kind != BatchKind.CatchUp)
        {
            return;
        }

        _isCatchUpShared = _appendedSinceCatchUp > 0 && _appendedSinceCatchUp * GainMin < batch.Lsns.Count;
        _appendedSinceCatchUp = 0;
        _catchUpAt = _isCatchUpShared && sentAt is { } at ? now + (SharedPause * (now - at)) : now;
    }
}
