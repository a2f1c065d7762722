using System.Net;
using System.Text;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Api;

/// <summary><c>POST /admin/backup</c>, and what a node does that is started on one.</summary>
public sealed class BackupTests
{
    private const string Secret = "a secret of the tests";

    [Fact]
    public async Task A_backup_under_concurrent_writes_is_consistent_and_a_cluster_goes_on_from_it()
    {
        await using var cluster = await StartAsync();
        using var enough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 6).Select(writer => WriteUntilAsync(cluster, writer, enough.Token)).ToList();
        await Eventually.HoldsAsync("some are written", async () => (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn") > 100);

        var (path, complete) = await BackUpAsync(cluster.Leader);
        var afterwards = (await cluster.Client.PutAsync("after the backup", "v")).Is(HttpStatusCode.OK).Number("version");

        await enough.CancelAsync();
        var written = (await Task.WhenAll(writers)).SelectMany(versions => versions).ToList();
        await cluster.StopLeaderAsync();
        for (var i = 0; i < 3; i++)
        {
            await cluster.StopFollowerAsync(i);
            Directory.Delete(cluster.FolderOf($"follower{i + 1}"), recursive: true);
            await cluster.StartFollowerAsync(i);
        }

        await cluster.StartLeaderAsync(folder: cluster.CopyOf(path));

        var last = (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn");
        Assert.InRange(last, Math.Max(complete, 100), afterwards - 1);
        foreach (var (key, version) in written.Where(write => write.Version <= last))
        {
            Assert.Equal(version, (await cluster.Client.ReadAsync(key)).Is(HttpStatusCode.OK).Number("version"));
        }

        foreach (var (key, _) in written.Where(write => write.Version > last))
        {
            (await cluster.Client.ReadAsync(key)).IsProblem(HttpStatusCode.NotFound);
        }

        Assert.Equal(last + 1, (await cluster.Client.PutAsync("new", "v")).Is(HttpStatusCode.OK).Number("version"));
        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Fact]
    public async Task A_leader_started_on_one_whose_followers_hold_more_takes_no_write_and_says_which_has_what()
    {
        await using var cluster = await StartAsync();
        (await cluster.Client.PutAsync("k", "backed up")).Is(HttpStatusCode.OK);
        var (path, complete) = await BackUpAsync(cluster.Leader);
        Assert.Equal(1, complete);
        (await cluster.Client.PutAsync("k", "newer")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.StopLeaderAsync();
        var restored = cluster.CopyOf(path);

        for (var start = 1; start <= 2; start++)
        {
            await cluster.StartLeaderAsync(folder: restored);
            Assert.Equal("rejected", (await cluster.Client.PutAsync("k", "forked")).IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));
            var health = await Eventually.BecomesAsync(
                () => cluster.Client.FetchAsync("/health"), answer => answer.Status == HttpStatusCode.ServiceUnavailable && answer.Json.Texts("reasons").Count >= 3,
                answer => answer.Text, "every follower's objection");
            foreach (var follower in cluster.Followers)
            {
                Assert.Contains(health.Json.Texts("reasons"), reason =>
                    reason.Contains(follower.Id, StringComparison.Ordinal) && reason.Contains("LSN 2", StringComparison.Ordinal));
            }

            Assert.Equal("backed up", (await cluster.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
            await cluster.StopLeaderAsync();
        }
    }

    [Fact]
    public async Task A_follower_started_on_its_backup_gets_what_it_lacks()
    {
        await using var cluster = await StartAsync();
        (await cluster.Client.PutAsync("k", "backed up")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        var (path, complete) = await BackUpAsync(cluster.Followers[1]);
        Assert.Equal(1, complete);
        (await cluster.Client.PutAsync("k", "newer")).Is(HttpStatusCode.OK);
        (await cluster.Client.PutAsync("other", "v")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.StopFollowerAsync(1);
        var restored = cluster.CopyOf(path);
        Directory.Delete(cluster.FolderOf("follower2"), recursive: true);
        Directory.Move(restored, cluster.FolderOf("follower2"));

        await cluster.StartFollowerAsync(1);

        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Fact]
    public async Task Every_backup_has_a_folder_of_its_own_named_after_its_node()
    {
        await using var cluster = await StartAsync();
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        var paths = new List<string>();
        foreach (var node in cluster.Nodes.Concat([cluster.Leader]))
        {
            paths.Add((await BackUpAsync(node)).Path);
        }

        Assert.Equal(paths.Count, paths.Distinct().Count());
        Assert.All(paths, path => Assert.True(File.Exists(Path.Combine(path, "CURRENT")), path));
        Assert.StartsWith("follower2-", Path.GetFileName(paths[2]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_node_left_of_one_goes_with_the_next_and_is_in_no_list_until_then()
    {
        await using var cluster = await StartAsync();
        var (path, _) = await BackUpAsync(cluster.Leader);
        var unfinished = Directory.CreateDirectory(
            Path.Combine(Path.GetDirectoryName(path)!, $".{(await cluster.Client.FetchAsync("/")).Json.Text("store_id")}.unfinished"));
        await File.WriteAllTextAsync(Path.Combine(unfinished.FullName, "000008.sst"), "a part of it");

        await BackUpAsync(cluster.Leader);

        Assert.Equal(2, Directory.GetDirectories(Path.GetDirectoryName(path)!).Length);
        Assert.False(Directory.Exists(unfinished.FullName));
    }

    [Fact]
    public async Task Without_the_secret_it_is_401_and_none_is_made()
    {
        await using var cluster = await StartAsync();
        foreach (var node in cluster.Nodes)
        {
            (await node.Client.AdministerAsync("/admin/backup")).IsProblem(HttpStatusCode.Unauthorized);
            (await node.Client.AdministerAsync("/admin/backup", "wrong")).IsProblem(HttpStatusCode.Unauthorized);
        }

        Assert.False(Directory.Exists($"{cluster.LeaderFolder}-backups"));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_named_and_the_node_goes_on()
    {
        using var folder = new Storage.TemporaryFolder();
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "in the way");
        await using var node = await TestNode.StartAsync("follower", "follower1", Path.Combine(folder.Path, "data"), [new("BACKUP_DIR", Path.Combine(file, "backups"))]);

        var problem = (await node.Client.AdministerAsync("/admin/backup")).IsProblem(HttpStatusCode.ServiceUnavailable);

        Assert.Contains("BACKUP_DIR", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Contains(Path.Combine(file, "backups"), problem.Text("detail"), StringComparison.Ordinal);
        (await node.Client.FetchAsync("/health")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task It_can_be_made_on_another_file_system()
    {
        const string Memory = "/dev/shm"; // Where there is none, this is but one more backup.
        using var folder = new Storage.TemporaryFolder();
        var backups = Directory.CreateDirectory(
            Directory.Exists(Memory) ? Path.Combine(Memory, $"kvstore-test-{Guid.NewGuid():N}") : Path.Combine(folder.Path, "b"));
        try
        {
            await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2, LeaderSettings = new() { ["BACKUP_DIR"] = backups.FullName } });
            (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

            var (path, _) = await BackUpAsync(cluster.Leader);

            using var copy = ReplicaStore.Open(RocksDbEngine.Open(path), "leader");
            Assert.Equal("v", Encoding.UTF8.GetString(copy.Read("k"u8)!.Value.Value));
        }
        finally
        {
            backups.Delete(recursive: true);
        }
    }

    private static Task<TestCluster> StartAsync() => TestCluster.StartAsync(new TestCluster { Secret = Secret });

    private static async Task<(string Path, long LastLsn)> BackUpAsync(TestNode node)
    {
        var info = (await node.Client.AdministerAsync("/admin/backup", Secret)).Is(HttpStatusCode.OK);
        Assert.Equal("created", info.Text("status"));
        return (info.Text("path"), info.Number("last_lsn"));
    }

    private static async Task<List<(string Key, long Version)>> WriteUntilAsync(TestCluster cluster, int writer, CancellationToken enough)
    {
        var written = new List<(string Key, long Version)>();
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            var answer = (await cluster.Client.PutAsync($"{writer}-{i}", "v")).Is(HttpStatusCode.OK);
            written.Add((answer.Text("key"), answer.Number("version")));
        }

        return written;
    }
}
