namespace KvStore.Hosting.Engine;

/// <summary>
/// The newest lines of a resource's console, over all lives of its process. Bounded by lines and by characters; the oldest go
/// first. Lines are numbered from 1 on, so a reader sees what it has missed.
/// </summary>
internal sealed class ConsoleRing
{
    /// <summary>How many lines are kept. Too low loses what was printed before a crash; each resource has a ring.</summary>
    public const int LinesMax = 2_000;

    /// <summary>How many characters of a line are kept, the mark that it was cut included.</summary>
    public const int LineLengthMax = 4_096;

    /// <summary>How many characters all lines have together: 2 MB of memory for each resource.</summary>
    public const int TextLengthMax = 1_000_000;

    /// <summary>How many lines one answer has.</summary>
    public const int PageLinesMax = 1_000;

    private const char CutMark = '…';

    private readonly Lock _lock = new();
    private readonly Queue<ConsoleLine> _lines = new();
    private long _lastNumber;
    private int _textLength;

    public void Add(DateTimeOffset at, string text, bool isError)
    {
        text = Cut(text);
        lock (_lock)
        {
            _lastNumber++;
            _textLength += text.Length;
            _lines.Enqueue(new(_lastNumber, at.UtcDateTime, isError, text));
            while (_lines.Count > LinesMax || _textLength > TextLengthMax)
            {
                _textLength -= _lines.Dequeue().Text.Length;
            }
        }
    }

    /// <param name="after">The number of the last line that the reader has; 0 for none.</param>
    public ConsolePage Read(long after)
    {
        lock (_lock)
        {
            ConsoleLine[] lines = [.. _lines.SkipWhile(line => line.Number <= after).Take(PageLinesMax)];
            return new(lines, First: _lastNumber - _lines.Count + 1, Next: lines.Length > 0 ? lines[^1].Number : _lastNumber);
        }
    }

    // Never between the two halves of one character.
    private static string Cut(string text)
    {
        if (text.Length <= LineLengthMax)
        {
            return text;
        }

        var length = LineLengthMax - 1;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + CutMark;
    }
}

/// <summary>One line of a console.</summary>
/// <param name="Number">Its number.</param>
/// <param name="At">When it was read, UTC.</param>
/// <param name="IsError">Whether it came from standard error.</param>
/// <param name="Text">The text, without the end of the line.</param>
internal sealed record ConsoleLine(long Number, DateTime At, bool IsError, string Text);

/// <summary>Some lines of a console, in their order.</summary>
/// <param name="Lines">The lines.</param>
/// <param name="First">The number of the oldest line that is kept; above what the reader asked for, some are lost to it.</param>
/// <param name="Next">What to pass as the last line that the reader has, the next time.</param>
internal sealed record ConsolePage(IReadOnlyList<ConsoleLine> Lines, long First, long Next);
