using Microsoft.AspNetCore.WebUtilities;

namespace KvStore.Node.Api;

/// <summary>
/// An error, as problem details (RFC 9457): <see cref="Detail"/> is one plain sentence that says what was wrong and what to
/// do. The further members are there where the contract names them.
/// </summary>
internal sealed record ApiProblem(int Status, string Detail) : IResult
{
    /// <summary>The media type of an error.</summary>
    public const string MediaType = "application/problem+json";

    private const int ShownMax = 60;

    /// <summary>No error has a page of its own.</summary>
    public string Type { get; } = "about:blank";

    /// <summary>The status in words.</summary>
    public string Title => ReasonPhrases.GetReasonPhrase(Status);

    /// <summary>By field, what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Of a write: <c>rejected</c> or <c>unknown</c> (HONEST).</summary>
    public string? Outcome { get; init; }

    /// <summary>Of a write: the number of followers that had confirmed.</summary>
    public int? ReplicatedTo { get; init; }

    /// <summary>Of a write: W.</summary>
    public int? WriteQuorum { get; init; }

    /// <summary>Of a write: its LSN.</summary>
    public long? Version { get; init; }

    /// <summary>The epoch of the leader, or the newer one that a follower has stored.</summary>
    public long? Epoch { get; init; }

    /// <summary>On a follower: where writes go.</summary>
    public string? Leader { get; init; }

    /// <summary>A refusal that passes: the client may come back in a second.</summary>
    public static ApiProblem Busy(string detail) => new(StatusCodes.Status503ServiceUnavailable, detail);

    /// <summary>What a client sent, short enough for a <see cref="Detail"/> that says what is wrong with it.</summary>
    public static string Shorten(string sent) =>
        sent.Length <= ShownMax ? sent : $"{sent[..(char.IsHighSurrogate(sent[ShownMax - 1]) ? ShownMax - 1 : ShownMax)]}…";

    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        if (Status == StatusCodes.Status503ServiceUnavailable && Outcome != WriteEndpoints.Unknown)
        {
            httpContext.Response.Headers.RetryAfter = "1";
        }

        // Not cancelled with the request: writing to a client that has broken off does nothing, and is no error of this node.
        return httpContext.Response.WriteAsJsonAsync(this, ApiJson.Shared.ApiProblem, MediaType, CancellationToken.None);
    }
}
