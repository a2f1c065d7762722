namespace KvStore.Analysis;

/// <summary>A run cannot go on. The message is one line for the user: what was wrong, and what to do.</summary>
internal sealed class AnalysisException : Exception
{
    /// <param name="message">What was wrong, and what to do.</param>
    public AnalysisException(string message) : base(message)
    {
    }

    /// <param name="message">What was wrong, and what to do.</param>
    /// <param name="inner">What it comes from.</param>
    public AnalysisException(string message, Exception inner) : base(message, inner)
    {
    }
}
