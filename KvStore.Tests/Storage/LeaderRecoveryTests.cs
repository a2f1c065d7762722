using KvStore.Node.Recovery;
using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using static KvStore.Tests.Storage.FollowerFolders;

namespace KvStore.Tests.Storage;

/// <summary><c>recover-leader</c>: a leader's store out of followers' data.</summary>
public sealed class LeaderRecoveryTests : IDisposable
{
    private readonly FollowerFolders _folders = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void It_has_what_any_of_the_followers_has()
    {
        var one = _folders.Make("follower1", [.. Lsns(1, 20), 23], epoch: 4);
        var two = _folders.Make("follower2", [.. Lsns(1, 15), 21, 24], epoch: 5);
        var three = _folders.Make("follower3", [.. Lsns(1, 3), 22], epoch: 3);

        Recover("--from", one, "--from", two, $"--from={three}", "--followers", "3");

        using var leader = _folders.Open("leader");
        Assert.Equal([new LsnRange(1, 24)], leader.ReadHoldings().Ranges);
        Assert.Equal(StateOf(Lsns(1, 24)), StateOf(leader));
        Assert.Equal(Lsns(1, 24), leader.ReadLog(1).Select(entry => entry.Lsn));
        Assert.Equal(0, leader.CutLsn);
        Assert.Equal((Cluster, 5), (leader.ClusterId, leader.Epoch?.Counter));
        Assert.Equal(22, leader.FindIdempotent("name-22"));
    }

    [Fact]
    public void What_a_follower_has_from_a_leader_that_died_before_its_own_fsync_is_left_out()
    {
        // Leader 1 sent 6 to 8 and died; leader 2 gave 6 and 7 to other writes, while follower 1 was down.
        var epochs = EpochHistory.Empty.Begin(new Epoch(1, 77), 0).Begin(new Epoch(2, 77), 5);
        var one = _folders.Make("follower1", Lsns(1, 8), epoch: 1);
        var two = _folders.Make("follower2", Lsns(1, 5), epoch: 1, also: store =>
        {
            store.PersistEpoch(Cluster, new Epoch(2, 77), epochs);
            store.Append([Entry(6, "other 6"), Entry(7, "other 7")], watermarkBound: 5);
        });

        Recover("--from", one, "--from", two, "--followers", "2");

        Assert.Contains("3 entries of follower1 are left out", _output.ToString(), StringComparison.Ordinal);
        using var leader = _folders.Open("leader");
        Assert.Equal([new LsnRange(1, 7)], leader.ReadHoldings().Ranges);
        Assert.Equal("other 6", leader.ReadEntry(6)!.Value.Entry.Value.ToStringUtf8());
        Assert.Equal($"{epochs}", $"{leader.Epochs}");
        Assert.False(leader.IsCopy);

        // The folder of follower 1 stays as it is; it gives them up itself when the new leader greets it.
        using var untouched = _folders.Open("follower1");
        Assert.Equal(8, untouched.ReadHoldings().Max);
    }

    [Fact]
    public void What_a_follower_has_from_a_leader_whose_successor_had_lost_it_is_kept()
    {
        // Leader 1 had everything up to 8 on its disk; leader 2 began on a backup with 5, and follower 1 refused it.
        var epochs = EpochHistory.Empty.Begin(new Epoch(1, 77), 0).Begin(new Epoch(2, 77), 5, isOnCopy: true);
        var one = _folders.Make("follower1", Lsns(1, 8), epoch: 1);
        var two = _folders.Make("follower2", Lsns(1, 5), epoch: 1, also: store => store.PersistEpoch(Cluster, new Epoch(2, 77), epochs));

        Recover("--from", one, "--from", two, "--followers", "2");

        using var leader = _folders.Open("leader");
        Assert.Equal([new LsnRange(1, 8)], leader.ReadHoldings().Ranges);
        Assert.Equal(2, leader.Epoch?.Counter);
        Assert.Equal([new EpochStart(new Epoch(1, 77), 0)], leader.Epochs.Starts);
        var next = leader.Epochs.Begin(new Epoch(3, 77), 8);
        Assert.False(next.HasLost(new LastLeader(new Epoch(1, 77), EpochHistory.Empty, Durable: 8), held: 8)); // So follower 1 follows it,
        Assert.False(next.HasLost(new LastLeader(new Epoch(2, 77), epochs, Durable: 5), held: 5)); // and follower 2.
    }

    [Fact]
    public void Followers_of_two_leaders_are_refused_with_their_names()
    {
        // Leader 2 had everything up to 8 on its disk; a copy of it with 5, of the same counter, wrote up to 6 and was started again.
        var before = EpochHistory.Empty.Begin(new Epoch(1, 77), 0);
        var original = before.Begin(new Epoch(2, 77), 5);
        var copy = before.Begin(new Epoch(2, 99), 5).Begin(new Epoch(3, 99), 6);
        var one = _folders.Make("follower1", Lsns(1, 5), also: store =>
        {
            store.PersistEpoch(Cluster, new Epoch(2, 77), original);
            store.Append([Entry(6), Entry(7), Entry(8)], watermarkBound: 5, leaderDurable: 8);
        });
        var two = _folders.Make("follower2", Lsns(1, 5), also: store =>
        {
            store.PersistEpoch(Cluster, new Epoch(3, 99), copy);
            store.Append([Entry(6, "other 6"), Entry(7, "other 7")], watermarkBound: 5);
        });
        var three = _folders.Make("follower3", Lsns(1, 4));

        var error = Refused("--from", three, "--from", one, "--from", two);

        Assert.Contains("follower2 and follower1 followed two leaders", error, StringComparison.Ordinal);
        Recover("--from", three, "--from", one, "--followers", "2");
    }

    [Fact]
    public void Out_of_a_backup_it_is_a_copy_of_which_followers_may_have_more()
    {
        _folders.Make("follower1", Lsns(1, 8));
        var backup = _folders["backup"];
        using (var follower = _folders.Open("follower1"))
        {
            follower.BackUp(backup);
        }

        Recover("--from", backup, "--followers", "1");

        using var leader = _folders.Open("leader");
        Assert.True(leader.IsCopy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Out_of_backups_of_all_it_is_followed_by_one_whose_tail_was_left_out(int written)
    {
        // Leader 1 sent 6 to 8 and died; leader 2 went on after 5, and its disk was lost before follower 1 met it.
        var first = EpochHistory.Empty.Begin(new Epoch(1, 77), 0);
        var second = first.Begin(new Epoch(2, 77), 5);
        _folders.Make("follower1", Lsns(1, 5), also: store =>
        {
            store.PersistEpoch(Cluster, new Epoch(1, 77), first);
            store.Append([Entry(6), Entry(7), Entry(8)], watermarkBound: 5, leaderDurable: 5);
        });
        _folders.Make("follower2", Lsns(1, 5), also: store =>
        {
            store.PersistEpoch(Cluster, new Epoch(2, 77), second);
            store.Append([.. Lsns(6, 5 + written).Select(lsn => Entry(lsn, "other"))], watermarkBound: 5, leaderDurable: 5);
        });
        foreach (var id in (string[])["follower1", "follower2"])
        {
            using var store = _folders.Open(id);
            store.BackUp(_folders[$"backup of {id}"]);
        }

        Recover("--from", _folders["backup of follower1"], "--from", _folders["backup of follower2"], "--followers", "2");

        Assert.Contains("3 entries of follower1 are left out", _output.ToString(), StringComparison.Ordinal);
        using var leader = _folders.Open("leader");
        Assert.True(leader.IsCopy);
        var next = leader.Epochs.Begin(new Epoch(3, 77), 5 + written, isOnCopy: true);
        Assert.False(next.HasLost(new LastLeader(new Epoch(1, 77), first, Durable: 5), held: 8));
        Assert.Equal(5, next.SharedUpTo(new LastLeader(new Epoch(1, 77), first, Durable: 5)));
        Assert.True(next.HasLost(new LastLeader(new Epoch(2, 77), second, Durable: 5), held: 8)); // It may have more than its backup.
    }

    [Fact]
    public void One_that_was_not_named_follows_whatever_leader_it_had_met()
    {
        var first = EpochHistory.Empty.Begin(new Epoch(1, 77), 0);
        var second = first.Begin(new Epoch(2, 77), 5);
        var one = _folders.Make("follower1", Lsns(1, 5), also: store => store.PersistEpoch(Cluster, new Epoch(1, 77), first));

        Recover("--from", one, "--followers", "2");

        using var leader = _folders.Open("leader");
        var last = leader.ReadHoldings().Max;
        var next = leader.Epochs.Begin(new Epoch(2, 88), last).Begin(new Epoch(3, 88), last); // The first was refused for its counter.
        Assert.False(next.HasLost(new LastLeader(new Epoch(2, 77), second, Durable: 6), held: 6));
    }

    [Fact]
    public void Its_store_is_a_new_one_and_the_followers_stay_as_they_are()
    {
        var one = _folders.Make("follower1", [1, 2, 5]);
        var two = _folders.Make("follower2", [1, 2, 3, 4]);
        var before = (string[])[Describe("follower1"), Describe("follower2")];

        Recover("--from", one, "--from", two, "--followers", "2");

        Assert.Equal(before, (string[])[Describe("follower1"), Describe("follower2")]);
        using var leader = _folders.Open("leader");
        Assert.DoesNotContain(leader.StoreId, string.Concat(before), StringComparison.Ordinal);

        string Describe(string id)
        {
            using var store = _folders.Open(id);
            return $"{store.NodeId} {store.StoreId} {store.ReadHoldings()} {store.Epoch} {store.CutLsn} {string.Join(' ', StateOf(store))}";
        }
    }

    [Fact]
    public void Entries_that_no_follower_has_are_given_up_when_every_follower_was_asked()
    {
        var one = _folders.Make("follower1", [1, 2, 3, 5, 9]);
        var two = _folders.Make("follower2", [1, 2, 3, 7]);

        Recover("--from", one, "--from", two, "--followers", "2");

        Assert.Contains("The entries 4,6,8 are given up (3 in all): no follower has them", _output.ToString(), StringComparison.Ordinal);
        using var leader = _folders.Open("leader");
        Assert.Equal([new LsnRange(1, 9)], leader.ReadHoldings().Ranges);
        Assert.Equal(8, leader.CutLsn);
        Assert.Equal([9], leader.ReadLog(1).Select(entry => entry.Lsn));
        Assert.Equal(StateOf([1, 2, 3, 5, 7, 9]), StateOf(leader));
    }

    [Fact]
    public void While_a_follower_was_not_asked_that_is_refused_and_the_leaders_folder_stays_empty()
    {
        var one = _folders.Make("follower1", [1, 2, 3, 5, 9]);
        var two = _folders.Make("follower2", [1, 2, 3, 7]);

        var error = Refused("--from", one, "--from", two);

        Assert.Contains("4,6,8 (3 in all)", error, StringComparison.Ordinal);
        Assert.Contains("write quorum of 3 or less", error, StringComparison.Ordinal);
        Assert.Contains("--accept-holes", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folders["leader"]));
    }

    [Fact]
    public void Accepted_holes_are_behind_LSNs_that_no_other_follower_can_hold()
    {
        var one = _folders.Make("follower1", [1, 2, 3, 5, 9]);

        Recover("--from", one, "--accept-holes");

        Assert.Contains("The entries 4,6-8 are given up", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 of 5 followers", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("a smaller quorum may be missing", _output.ToString(), StringComparison.Ordinal);
        using var leader = _folders.Open("leader");
        var held = Assert.Single(leader.ReadHoldings().Ranges);
        Assert.Equal(1, held.Start);
        Assert.InRange(held.End, 9 + LeaderRecovery.LsnsLeftOutMin, 9 + (2 * LeaderRecovery.LsnsLeftOutMin));
        Assert.Equal(leader.ReadHoldings().Max, leader.CutLsn);
        Assert.Equal(StateOf([1, 2, 3, 5, 9]), StateOf(leader));
        Assert.Empty(leader.ReadLog(1));
    }

    [Fact]
    public void The_log_of_the_new_leader_can_be_cut_by_its_limits()
    {
        var one = _folders.Make("follower1", Lsns(1, 100));
        const int Kept = 20;

        Recover("--from", one, "--followers", "1", $"--LOG_KEEP_ENTRIES={Kept}");

        using var leader = _folders.Open("leader");
        var limits = new LogLimits { EntriesKept = Kept };
        var retention = new LogRetention(limits, leader.ReadLogMarks(), leader.CutLsn);
        Assert.InRange(retention.CutTarget(heldByAll: 100, ceiling: 100, nowMs: 1_000_100), 75, 80);
        Assert.Equal(leader.ReadLog(51).Sum(entry => entry.Bytes.Length), retention.BytesAbove(50), tolerance: 100);
    }

    [Fact]
    public void A_log_that_was_cut_goes_on_where_it_was()
    {
        var one = _folders.Make("follower1", Lsns(1, 30), also: store => store.Cut(10));
        var two = _folders.Make("follower2", [.. Lsns(1, 25), 31], also: store => store.Cut(20));

        Recover("--from", one, "--from", two, "--followers", "2");

        using var leader = _folders.Open("leader");
        Assert.Equal([new LsnRange(1, 31)], leader.ReadHoldings().Ranges);
        Assert.Equal(10, leader.CutLsn);
        Assert.Equal(StateOf(Lsns(1, 31)), StateOf(leader));
    }

    [Fact]
    public void A_snapshot_that_a_follower_had_not_finished_is_dropped()
    {
        var one = _folders.Make("follower1", [.. Lsns(1, 10), 12], also: store =>
        {
            var install = new SnapshotInstall(new Epoch(1, 77), 11, [], 0);
            store.BeginSnapshot(install);
            store.AddToSnapshot([new LiveKey("half"u8.ToArray(), "of it"u8.ToArray(), 11)], install with { AfterKey = "half"u8.ToArray(), Rows = 1 });
        });
        var two = _folders.Make("follower2", [1, 11]);

        Recover("--from", one, "--from", two, "--followers", "2");

        using var leader = _folders.Open("leader");
        Assert.Null(leader.Install);
        Assert.Equal([new LsnRange(1, 12)], leader.ReadHoldings().Ranges);
        Assert.Equal(StateOf(Lsns(1, 12)), StateOf(leader));
    }

    [Fact]
    public void A_follower_that_runs_must_be_stopped_first()
    {
        var one = _folders.Make("follower1", [1]);
        using var running = _folders.Open("follower1");

        var error = Refused("--from", one);

        Assert.Contains(one, error, StringComparison.Ordinal);
        Assert.Contains("stop that follower first", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_left_alone()
    {
        var one = _folders.Make("follower1", [1]);
        _folders.Make("leader", [1, 2]);

        Assert.Contains("move it away first", Refused("--from", one), StringComparison.Ordinal);

        using var leader = _folders.Open("leader");
        Assert.Equal(2, leader.ReadHoldings().Max);
    }

    [Fact]
    public void Followers_of_two_clusters_are_refused_with_both_ids()
    {
        var one = _folders.Make("follower1", [1]);
        var two = _folders.Make("follower2", [1], cluster: "cluster-b");

        var error = Refused("--from", one, "--from", two);

        Assert.Contains("cluster-a", error, StringComparison.Ordinal);
        Assert.Contains("cluster-b", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_followers_with_different_writes_at_one_LSN_are_refused()
    {
        var one = _folders.Make("follower1", [1, 2, 3]);
        var two = _folders.Make("follower2", [1], also: store => store.Append([Entry(5, "other")], 1));
        var three = _folders.Make("follower3", [1, 5]);

        var error = Refused("--from", one, "--from", two, "--from", three);

        Assert.Contains("At LSN 5", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_store_twice_is_refused()
    {
        var one = _folders.Make("follower1", [1]);

        Assert.Contains("the same store", Refused("--from", one, "--from", one), StringComparison.Ordinal);
    }

    [Fact]
    public void A_standalone_store_and_one_that_was_never_greeted_are_refused()
    {
        using (var store = _folders.Open("follower1"))
        {
            store.PutStandalone("k"u8, "v"u8, 7);
        }

        _folders.Open("follower2").Dispose();

        Assert.Contains("by hand", Refused("--from", _folders["follower1"]), StringComparison.Ordinal);
        Assert.Contains("never greeted", Refused("--from", _folders["follower2"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_database_is_refused_and_none_is_made_there()
    {
        var empty = Directory.CreateDirectory(_folders["follower1"]).FullName;

        Assert.Contains("has no database", Refused("--from", empty), StringComparison.Ordinal);

        Assert.Empty(Directory.EnumerateFileSystemEntries(empty));
    }

    [Theory]
    [InlineData("No follower's data")]
    [InlineData("--from lacks its value", "--from")]
    [InlineData("'--form' is not an argument", "--form", "x")]
    [InlineData("'x' is not an argument", "x")]
    [InlineData("--followers is 'many'", "--from", "x", "--followers", "many")]
    [InlineData("--followers is '0'", "--from", "x", "--followers=0")]
    [InlineData("LOG_MAX_BYTES is 'x'", "--from", "x", "--LOG_MAX_BYTES=x")]
    public void Arguments_that_do_not_say_what_to_do_are_refused(string expected, params string[] args) =>
        Assert.Contains(expected, Refused(args), StringComparison.Ordinal);

    private void Recover(params string[] args) => Assert.True(Run(args) == 0, _error.ToString());

    private string Refused(params string[] args)
    {
        Assert.Equal(1, Run(args));
        return _error.ToString();
    }

    private int Run(string[] args) => RecoverLeaderCommand.Run([.. args, $"--DATA_DIR={_folders["leader"]}", "--NODE_ID=leader"], _output, _error);
}
