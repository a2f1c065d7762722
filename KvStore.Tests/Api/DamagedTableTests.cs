using System.Net;

namespace KvStore.Tests.Api;

/// <summary>A leader with a damaged table in its database.</summary>
public sealed class DamagedTableTests
{
    private const int Keys = 300;

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public async Task It_answers_what_was_written_or_an_error_and_goes_on(double where)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 2,
            LeaderSettings = new() { ["ROCKSDB_BLOCK_CACHE_BYTES"] = "0" },
        });
        for (var i = 0; i < Keys; i++)
        {
            (await cluster.Client.PutAsync($"k{i}", Value(i), $"name-{i}")).Is(HttpStatusCode.OK); // One by one: at its start it reads what was not known to be committed.
        }

        (await cluster.Client.AdministerAsync("/admin/backup")).Is(HttpStatusCode.OK); // It flushes what is in memory.
        await cluster.StopLeaderAsync();

        // The two large ones: the log, and the versions of the keys.
        foreach (var table in Directory.GetFiles(cluster.LeaderFolder, "*.sst").OrderByDescending(file => new FileInfo(file).Length).Take(2))
        {
            var bytes = await File.ReadAllBytesAsync(table);
            bytes.AsSpan((int)(bytes.Length * where), 8).Fill(0x5A);
            await File.WriteAllBytesAsync(table, bytes);
        }

        await cluster.StartLeaderAsync();
        var errors = 0;
        for (var i = 0; i < Keys; i++)
        {
            var read = await cluster.Client.ReadAsync($"k{i}");
            Assert.True(read.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"k{i}: {read.Text}");
            Assert.True(read.Status != HttpStatusCode.OK || read.Json.Text("value") == Value(i), $"k{i}: {read.Text}");
            if (read.Status != HttpStatusCode.OK)
            {
                Assert.Contains("move its folder away", read.Json.Text("detail"), StringComparison.Ordinal);
                errors++;
            }

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

    // It does not compress, so that the tables have many blocks.
    private static string Value(int i)
    {
        var bytes = new byte[200];
        new Random(i).NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }
}
