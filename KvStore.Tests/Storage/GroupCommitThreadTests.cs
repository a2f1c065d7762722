using KvStore.Node.Storage;

namespace KvStore.Tests.Storage;

/// <summary>What goes into one commit.</summary>
public class GroupCommitThreadTests
{
    private static readonly TimeSpan LongTime = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_commit_waits_until_as_many_are_there_as_it_shall_gather()
    {
        var committed = new TaskCompletionSource<int[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var commits = new GroupCommitThread<int>(
            "test", new(100, 100, 1_000), _ => 1, batch => committed.TrySetResult([.. batch]), () => new GatherGoal(3, LongTime));

        Assert.True(commits.TryEnqueue(1));
        Assert.True(commits.TryEnqueue(2));
        Assert.True(commits.TryEnqueue(3));

        var batch = await committed.Task;
        Assert.Equal((int[])[1, 2, 3], batch);
    }

    [Fact]
    public async Task It_waits_no_longer_than_it_may()
    {
        var committed = new TaskCompletionSource<int[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var commits = new GroupCommitThread<int>(
            "test", new(100, 100, 1_000), _ => 1, batch => committed.TrySetResult([.. batch]), () => new GatherGoal(3, TimeSpan.FromMilliseconds(1)));

        Assert.True(commits.TryEnqueue(1));

        var batch = await committed.Task;
        Assert.Equal((int[])[1], batch);
    }

    [Fact]
    public async Task It_waits_for_no_more_than_fits_into_one_commit()
    {
        var committed = new TaskCompletionSource<int[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var commits = new GroupCommitThread<int>(
            "test", new(100, BatchItemsMax: 5, BatchBytesMax: 10), bytes => bytes, batch => committed.TrySetResult([.. batch]), () => new GatherGoal(50, LongTime));

        Assert.True(commits.TryEnqueue(4));
        Assert.True(commits.TryEnqueue(6));

        var batch = await committed.Task;
        Assert.Equal((int[])[4, 6], batch);
    }

    [Fact]
    public void The_end_commits_what_waits()
    {
        var batches = new List<int[]>();
        using (var commits = new GroupCommitThread<int>(
            "test", new(100, 100, 1_000), _ => 1, batch => batches.Add([.. batch]), () => new GatherGoal(3, LongTime)))
        {
            Assert.True(commits.TryEnqueue(1));
            Assert.True(commits.TryEnqueue(2));
        }

        Assert.Equal([1, 2], batches.SelectMany(batch => batch));
    }
}
