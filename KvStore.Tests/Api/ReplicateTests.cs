using System.Net;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Wire;

namespace KvStore.Tests.Api;

/// <summary>FENCE and IDENTITY at the follower's door.</summary>
public sealed class ReplicateTests
{
    [Fact]
    public async Task A_follower_that_was_greeted_takes_entries_and_serves_them()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);

        var (greeted, answer) = await leader.GreetAsync();
        var (status, refusal) = await leader.ReplicateAsync(leader.Put(1, "k", "v1"), leader.Put(2, "gone", "v"), leader.Delete(3, "gone"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (greeted, status));
        Assert.Null(refusal);
        Assert.Equal("follower1", answer.NodeId);
        Assert.Equal("crafted cluster", answer.ClusterId);
        Assert.Equal(leader.Epoch, answer.Epoch);
        Assert.Empty(answer.Holdings);
        var read = (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK);
        Assert.Equal(("v1", 1), (read.Text("value"), read.Number("version")));
        (await follower.Client.ReadAsync("gone")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task The_newest_version_is_the_one_with_the_highest_LSN_in_whatever_order_entries_arrive()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();

        await leader.ReplicateAsync(leader.Put(3, "k", "third"));
        await leader.ReplicateAsync(leader.Put(2, "k", "second"), leader.Put(1, "k", "first"));
        await leader.ReplicateAsync(leader.Put(3, "k", "third, again"));

        var read = (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK);
        Assert.Equal(("third", 3), (read.Text("value"), read.Number("version")));
        Assert.Equal(3, (await follower.Client.FetchAsync("/")).Json.Number("watermark"));
    }

    [Fact]
    public async Task It_holds_what_it_confirmed_also_after_a_restart_and_with_gaps()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();
        await leader.ReplicateAsync(leader.Put(1, "a", "v"), leader.Put(2, "b", "v"), leader.Put(5, "c", "v"));

        await follower.RestartAsync();

        var (_, answer) = await new CraftedLeader(follower.Client).GreetAsync();
        Assert.Equal([(1, 2), (5, 5)], answer.Holdings.Select(range => (range.Start, range.End)));
        var status = (await follower.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK);
        Assert.Equal(2, status.Number("watermark"));
        Assert.Equal(5, Assert.Single(status.GetProperty("held_above").EnumerateArray()).Number("start"));
    }

    [Fact]
    public async Task An_older_epoch_is_409_and_the_body_gives_the_newer_one()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        var (_, greeted) = await leader.GreetAsync();
        var old = new CraftedLeader(follower.Client) { Epoch = new() { Counter = 4, RunId = 44 }, StoreId = greeted.StoreId };

        var (greeting, answer) = await old.GreetAsync();
        var (status, refusal) = await old.ReplicateAsync(old.Put(1, "k", "v"));

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (greeting, status));
        Assert.All([answer.Refusal, refusal!], given =>
        {
            Assert.Equal(RefusalReason.OlderEpoch, given.Reason);
            Assert.Equal(leader.Epoch, given.Epoch);
            Assert.NotEmpty(given.Detail);
        });
        await HoldsNothingAsync(follower);
    }

    [Fact]
    public async Task An_epoch_that_was_accepted_is_remembered_over_a_restart()
    {
        await using var follower = await LoneFollower.StartAsync();
        await new CraftedLeader(follower.Client).GreetAsync();

        await follower.RestartAsync();

        var (status, answer) = await new CraftedLeader(follower.Client) { Epoch = new() { Counter = 4, RunId = 44 } }.GreetAsync();
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal(5, answer.Refusal.Epoch.Counter);
    }

    [Fact]
    public async Task A_newer_epoch_takes_over_and_fences_the_older_off()
    {
        await using var follower = await LoneFollower.StartAsync();
        var old = new CraftedLeader(follower.Client);
        await old.GreetAsync();
        var newer = new CraftedLeader(follower.Client) { Epoch = new() { Counter = 6, RunId = 66 } };

        Assert.Equal(HttpStatusCode.OK, (await newer.GreetAsync()).Status);

        var (status, refusal) = await old.ReplicateAsync(old.Put(1, "k", "v"));
        Assert.Equal((HttpStatusCode.Conflict, RefusalReason.OlderEpoch), (status, refusal!.Reason));
        Assert.Equal(6, refusal.Epoch.Counter);
        await HoldsNothingAsync(follower);
    }

    [Fact]
    public async Task The_same_counter_of_another_process_is_409()
    {
        await using var follower = await LoneFollower.StartAsync();
        var (_, greeted) = await new CraftedLeader(follower.Client).GreetAsync();
        var twin = new CraftedLeader(follower.Client) { Epoch = new() { Counter = 5, RunId = 56 }, StoreId = greeted.StoreId };

        Assert.Equal(RefusalReason.SameCounterOtherRun, (await twin.GreetAsync()).Answer.Refusal.Reason);
        await IsRefusedAsync(follower, twin, RefusalReason.SameCounterOtherRun);
    }

    [Fact]
    public async Task Another_cluster_is_409_however_new_its_epoch()
    {
        await using var follower = await LoneFollower.StartAsync();
        var (_, greeted) = await new CraftedLeader(follower.Client).GreetAsync();
        var other = new CraftedLeader(follower.Client)
        {
            ClusterId = "other cluster",
            Epoch = new() { Counter = 99, RunId = 1 },
            StoreId = greeted.StoreId,
        };

        Assert.Equal(RefusalReason.OtherCluster, (await other.GreetAsync()).Answer.Refusal.Reason);
        await IsRefusedAsync(follower, other, RefusalReason.OtherCluster);
    }

    [Fact]
    public async Task A_message_for_another_store_is_409()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();

        foreach (var store in (string[])["the store before the disk was wiped", ""])
        {
            leader.StoreId = store;
            await IsRefusedAsync(follower, leader, RefusalReason.OtherStore);
        }
    }

    [Fact]
    public async Task Entries_of_an_epoch_that_has_not_greeted_are_409()
    {
        await using var follower = await LoneFollower.StartAsync();
        await IsRefusedAsync(follower, new CraftedLeader(follower.Client) { StoreId = "guessed" }, RefusalReason.NotGreeted);

        var (_, greeted) = await new CraftedLeader(follower.Client).GreetAsync();

        await IsRefusedAsync(
            follower, new CraftedLeader(follower.Client) { Epoch = new() { Counter = 6, RunId = 6 }, StoreId = greeted.StoreId }, RefusalReason.NotGreeted);
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_422_and_do_no_harm()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();

        foreach (var path in (string[])[ReplicationRoutes.Greeting, ReplicationRoutes.Replicate])
        {
            (await leader.PostBytesAsync(path, [])).IsProblem(HttpStatusCode.UnprocessableEntity);
            (await leader.PostBytesAsync(path, [0xFF, 0xFF, 0xFF])).IsProblem(HttpStatusCode.UnprocessableEntity);
        }

        (await leader.PostEntriesAsync(leader.Put(0, "k", "v"))).IsProblem(HttpStatusCode.UnprocessableEntity);
        (await leader.PostEntriesAsync(leader.Put(1, "", "v"))).IsProblem(HttpStatusCode.UnprocessableEntity);
        (await leader.PostEntriesAsync(new Entry { Lsn = 1, Epoch = leader.Epoch })).IsProblem(HttpStatusCode.UnprocessableEntity);
        (await follower.Client.FetchAsync("/health")).Is(HttpStatusCode.OK);
        await HoldsNothingAsync(follower);
    }

    private static async Task IsRefusedAsync(LoneFollower follower, CraftedLeader leader, RefusalReason reason)
    {
        var (status, refusal) = await leader.ReplicateAsync(leader.Put(1, "k", "v"));

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal(reason, refusal!.Reason);
        Assert.NotEmpty(refusal.Detail);
        await HoldsNothingAsync(follower);
    }

    private static async Task HoldsNothingAsync(LoneFollower follower)
    {
        (await follower.Client.ReadAsync("k")).IsProblem(HttpStatusCode.NotFound, "Key not found");
        Assert.Equal(0, (await follower.Client.FetchAsync("/state")).Is(HttpStatusCode.OK).Number("keys_count"));
    }
}
