using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>How far an answer has come.</summary>
internal enum AnswerState
{
    /// <summary>More bytes must come.</summary>
    Incomplete,

    /// <summary>It is there, and is what was asked for.</summary>
    Good,

    /// <summary>It is there, and says something else.</summary>
    Bad,

    /// <summary>The bytes are none of this protocol, or the server gives the connection up: nothing more can come on it.</summary>
    Broken,
}

/// <summary>The client's side of one connection: puts requests into bytes and finds answers in bytes, without any I/O.</summary>
internal abstract class Conversation
{
    /// <summary>What was wrong with the last answer that was not good.</summary>
    public string Error { get; protected set; } = "";

    /// <summary>The longest request, in bytes.</summary>
    public abstract int RequestBytesMax { get; }

    /// <summary>Puts a request into bytes.</summary>
    /// <returns>How many they are.</returns>
    public abstract int Write(Request request, Span<byte> to);

    /// <summary>Looks for the answer to the last request.</summary>
    /// <param name="received">What came and was not consumed yet.</param>
    /// <param name="consumed">How much of it is done with; when the answer is there, all that belongs to it.</param>
    public abstract AnswerState Read(ReadOnlySpan<byte> received, out int consumed);

    /// <summary>A good answer, or else a bad one with what is wrong.</summary>
    protected AnswerState Judge(string? error)
    {
        Error = error ?? "";
        return error is null ? AnswerState.Good : AnswerState.Bad;
    }

    /// <summary>The end of the connection.</summary>
    protected AnswerState Break(string error)
    {
        Error = error;
        return AnswerState.Broken;
    }
}
