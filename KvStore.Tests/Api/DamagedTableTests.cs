using System.Net;
using KvStore.Node.Storage;

namespace KvStore.Tests.Api;

/// <summary>A leader with a damaged table in its database.</summary>
public sealed class DamagedTableTests
{
    private const int Keys = 400;

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public async Task It_does_not_start_or_answers_what_was_written_or_an_error_and_goes_on(double where)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 2,
            LeaderSettings = new() { ["ROCKSDB_BLOCK_CACHE_BYTES"] = "0" },
        });
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(async i => (await cluster.Client.PutAsync($"k{i}", Value(i), $"name-{i}")).Is(HttpStatusCode.OK)));
        (await cluster.Client.AdministerAsync("/admin/backup")).Is(HttpStatusCode.OK); // It flushes what is in memory.
        await cluster.StopLeaderAsync();
        foreach (var table in Directory.GetFiles(cluster.LeaderFolder, "*.sst"))
        {
            var bytes = await File.ReadAllBytesAsync(table);
            bytes.AsSpan((int)(bytes.Length * where), 8).Fill(0x5A);
            await File.WriteAllBytesAsync(table, bytes);
        }

        try
        {
            await cluster.StartLeaderAsync();
        }
        catch (StorageException e)
        {
            Assert.Contains(cluster.LeaderFolder, e.Message, StringComparison.Ordinal);
            return;
        }

        var errors = 0;
        for (var i = 0; i < Keys; i++)
        {
            var read = await cluster.Client.ReadAsync($"k{i}");
            Assert.True(read.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"k{i}: {read.Text}");
            Assert.True(read.Status != HttpStatusCode.OK || read.Json.Text("value") == Value(i), $"k{i}: {read.Text}");
            errors += read.Status == HttpStatusCode.OK ? 0 : 1;

            var again = await cluster.Client.PutAsync($"k{i}", Value(i), $"name-{i}");
            Assert.True(again.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"k{i}: {again.Text}");
        }

        Assert.InRange(errors, 1, Keys);
        for (var i = 0; i < Keys; i++)
        {
            var removed = await cluster.Client.RemoveAsync($"k{i}");
            Assert.True(removed.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"k{i}: {removed.Text}");
            Assert.True(removed.Status == HttpStatusCode.OK || removed.Json.Text("outcome") == "rejected", removed.Text);
        }

        (await cluster.Client.PutAsync("new", "v")).Is(HttpStatusCode.OK);
    }

    private static string Value(int i) => string.Concat(Enumerable.Repeat($"{i}-", 100));
}
