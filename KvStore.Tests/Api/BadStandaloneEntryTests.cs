using System.Net;

namespace KvStore.Tests.Api;

/// <summary>Bodies that are no entry, sent by hand to a follower that would take one.</summary>
public sealed class BadStandaloneEntryTests(UngreetedFollower lone) : IClassFixture<UngreetedFollower>
{
    [Theory]
    [InlineData("""{"key":"k","value":"v"}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":"7"}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":null}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":1.5}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":0}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":-1}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":1e30}""", "version")]
    [InlineData("""{"key":"k","value":"v","version":9223372036854775808}""", "version")]
    [InlineData("""{"key":"","value":"v","version":7}""", "key")]
    [InlineData("""{"value":1,"version":7}""", "key", "value")]
    [InlineData("{}", "key", "value", "version")]
    [InlineData("[]", "body")]
    [InlineData("", "body")]
    public async Task A_bad_entry_is_422_and_does_not_make_the_store_standalone(string body, params string[] fields)
    {
        var follower = lone.Follower;

        (await follower.Client.PostRawAsync("/replicate", body)).IsUnprocessable(fields);

        Assert.False((await follower.Client.FetchAsync("/replication")).Json.GetProperty("standalone").GetBoolean());
    }
}

/// <summary>A follower without a secret that no leader has greeted.</summary>
public sealed class UngreetedFollower : IAsyncLifetime
{
    private LoneFollower? _follower;

    internal LoneFollower Follower => _follower!;

    /// <inheritdoc />
    public async Task InitializeAsync() => _follower = await LoneFollower.StartAsync();

    /// <inheritdoc />
    public async Task DisposeAsync() => await Follower.DisposeAsync();
}
