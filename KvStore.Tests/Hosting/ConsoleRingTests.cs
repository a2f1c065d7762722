using KvStore.Hosting.Engine;

namespace KvStore.Tests.Hosting;

/// <summary>The kept console of a resource is bounded, and a reader sees what it has missed.</summary>
public sealed class ConsoleRingTests
{
    private readonly ConsoleRing _ring = new();

    [Fact]
    public void Lines_are_numbered_from_1_on_and_read_once_each()
    {
        Add("a");
        Add("b");
        var first = _ring.Read(after: 0);
        Add("c");
        var second = _ring.Read(first.Next);
        var third = _ring.Read(second.Next);

        Assert.Equal([(1, "a"), (2, "b")], first.Lines.Select(line => (line.Number, line.Text)));
        Assert.Equal([(3, "c")], second.Lines.Select(line => (line.Number, line.Text)));
        Assert.Empty(third.Lines);
        Assert.Equal((1, 3), (third.First, third.Next));
    }

    [Fact]
    public void An_empty_console_begins_with_the_line_that_comes_next() =>
        Assert.Equal((1, 0, 0), (_ring.Read(0).First, _ring.Read(0).Next, _ring.Read(0).Lines.Count));

    [Fact]
    public void The_oldest_lines_go_first_and_an_answer_has_a_limited_number_of_them()
    {
        for (var i = 1; i <= ConsoleRing.LinesMax + 5; i++)
        {
            Add($"line {i}");
        }

        var page = _ring.Read(after: 0);

        Assert.Equal(6, page.First);
        Assert.Equal("line 6", page.Lines[0].Text);
        Assert.Equal(ConsoleRing.PageLinesMax, page.Lines.Count);
        Assert.Equal(page.Lines[^1].Number, page.Next);
        Assert.Equal(ConsoleRing.LinesMax - ConsoleRing.PageLinesMax, _ring.Read(page.Next).Lines.Count);
    }

    [Fact]
    public void Long_lines_take_the_place_of_several()
    {
        for (var i = 0; i < ConsoleRing.LinesMax; i++)
        {
            Add(new string('x', ConsoleRing.LineLengthMax));
        }

        Assert.Equal(ConsoleRing.TextLengthMax / ConsoleRing.LineLengthMax, _ring.Read(0).Lines.Count);
    }

    [Fact]
    public void A_long_line_is_cut_visibly_and_not_within_a_character()
    {
        Add(new string('x', ConsoleRing.LineLengthMax));
        Add(new string('x', ConsoleRing.LineLengthMax + 1));
        Add(new string('x', ConsoleRing.LineLengthMax - 2) + "😀y");

        var lines = _ring.Read(0).Lines;

        Assert.Equal(new string('x', ConsoleRing.LineLengthMax), lines[0].Text);
        Assert.Equal(new string('x', ConsoleRing.LineLengthMax - 1) + "…", lines[1].Text);
        Assert.Equal(new string('x', ConsoleRing.LineLengthMax - 2) + "…", lines[2].Text);
    }

    private void Add(string text) => _ring.Add(DateTimeOffset.UnixEpoch, text, isError: false);
}
