namespace KvStore.Hosting;

/// <summary>The application cannot be started or goes wrong. The message names the resource and says what to do.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    public DistributedApplicationException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="inner">What it comes from.</param>
    public DistributedApplicationException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>A parameter has neither a value nor a default.</summary>
public sealed class MissingParameterValueException : DistributedApplicationException
{
    internal MissingParameterValueException(string message) : base(message)
    {
    }
}
