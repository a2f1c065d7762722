using KvStore.Dashboard.Components.LogParts;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard.Logs;

public sealed class LogTailTests
{
    private readonly LogStore _store = new(new StoreLimits { LogsMax = 1_000 });
    private readonly LogTail _tail;

    public LogTailTests() => _tail = new LogTail(_store);

    private IEnumerable<string> Messages => _tail.Lines.Select(line => line.Message);

    [Fact]
    public void The_newest_come_first_and_what_comes_is_taken_in()
    {
        Add("a", "b");
        _tail.Show(new());
        Assert.Equal(["b", "a"], Messages);

        Add("c");
        Assert.True(_tail.Refresh());
        Assert.Equal(["c", "b", "a"], Messages);
    }

    [Fact]
    public void Without_news_there_is_nothing_to_show_and_lines_that_stay_are_the_same()
    {
        Add("a");
        _tail.Show(new());
        var line = _tail.Lines[0];
        Assert.False(_tail.Refresh());

        Add("b");
        Assert.True(_tail.Refresh());
        Assert.Same(line, _tail.Lines[1]);
    }

    [Fact]
    public void While_paused_lines_stay_and_what_comes_is_counted()
    {
        Add("a", "b");
        _tail.Show(new() { Text = "b" });
        _tail.Pause(isPaused: true);
        Add("b2", "c");
        Assert.True(_tail.Refresh());
        Assert.Equal(["b"], Messages);
        Assert.Equal((1, 4), (_tail.Waiting, _tail.Counters.Stored));

        _tail.Pause(isPaused: false);
        Assert.Equal(["b2", "b"], Messages);
        Assert.Equal(0, _tail.Waiting);
    }

    [Fact]
    public void Older_lines_come_on_demand_a_part_at_a_time()
    {
        Add([.. Enumerable.Range(1, 450).Select(i => $"{i}")]);
        _tail.Show(new());
        Assert.Equal((200, "450", 250), (_tail.Lines.Count, _tail.Lines[0].Message, _tail.Older));

        _tail.ShowOlder();
        Assert.Equal((400, "51", 50), (_tail.Lines.Count, _tail.Lines[^1].Message, _tail.Older));

        _tail.ShowOlder();
        Assert.Equal((450, "1", 0), (_tail.Lines.Count, _tail.Lines[^1].Message, _tail.Older));
    }

    [Fact]
    public void Older_lines_come_without_newer_ones_while_paused()
    {
        Add([.. Enumerable.Range(1, 300).Select(i => $"{i}")]);
        _tail.Show(new());
        _tail.Pause(isPaused: true);
        Add("new");
        _tail.ShowOlder();

        Assert.Equal((300, "300", "1"), (_tail.Lines.Count, _tail.Lines[0].Message, _tail.Lines[^1].Message));
        Assert.Equal((1, 0), (_tail.Waiting, _tail.Older));
    }

    [Fact]
    public void Another_filter_shows_what_meets_it_also_while_paused()
    {
        Add("a", "b");
        _tail.Show(new() { Text = "a" });
        _tail.Pause(isPaused: true);
        _tail.Show(new() { Text = "b" });
        Assert.Equal(["b"], Messages);
    }

    [Theory]
    [InlineData("logs")]
    [InlineData("logs?resource=follower1&level=warning&text=a%20%3D%20b&trace=0af7651916cd43dd8448eb211c80319c&span=b7ad6b7169203331")]
    public void An_address_says_the_whole_filter(string address)
    {
        var query = System.Web.HttpUtility.ParseQueryString(address.Contains('?', StringComparison.Ordinal) ? address[address.IndexOf('?', StringComparison.Ordinal)..] : "");
        var filter = LogFilter.Read(query["resource"], query["level"], query["text"], query["trace"], query["span"]);
        Assert.Equal(address, filter.ToAddress());
        Assert.Equal(address.Length > 4, filter.IsFiltering);
    }

    [Fact]
    public void Nonsense_in_an_address_is_as_if_it_were_not_there() =>
        Assert.Equal(new LogFilter(), LogFilter.Read(null, "17", null, null, null));

    private void Add(params string[] messages) => _store.Add([.. messages.Select(message => Make.Log(message))]);
}
