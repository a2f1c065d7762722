using System.Diagnostics;
using System.Globalization;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Node.Api;

/// <summary>Writes, on the leader.</summary>
internal static class WriteEndpoints
{
    /// <summary>The outcome of a write that is in the log and may or may not spread (HONEST).</summary>
    public const string Unknown = "unknown";

    /// <summary>The outcome of a write that was not logged (HONEST).</summary>
    public const string Rejected = "rejected";

    /// <summary>The header by which a client names a write.</summary>
    public const string IdempotencyKeyHeader = "Idempotency-Key";

    /// <summary>The longest such name, in characters.</summary>
    public const int IdempotencyKeyMax = 255;

    /// <summary>Maps the writes.</summary>
    public static void MapWrites(this IEndpointRouteBuilder app, NodeOptions options)
    {
        app.MapPost("/keys", PutAsync).WithMetadata(new BodySizeLimit(options.Limits.RequestBytesMax))
            .WithJsonBody<WriteBody>().WithIdempotencyKey().Produces<WriteInfo>()
            .Produces<ApiProblem>(413, ApiProblem.MediaType).Produces<ApiProblem>(422, ApiProblem.MediaType).Produces<ApiProblem>(503, ApiProblem.MediaType);
        app.MapDelete("/keys/{key}", DeleteAsync).WithKeyInPath().WithIdempotencyKey()
            .Produces<WriteInfo>().Produces<ApiProblem>(404, ApiProblem.MediaType).Produces<ApiProblem>(422, ApiProblem.MediaType).Produces<ApiProblem>(503, ApiProblem.MediaType);
        app.MapGet("/writes/{version}", ReadStatus)
            .Produces<WriteStatusInfo>().Produces<ApiProblem>(404, ApiProblem.MediaType).Produces<ApiProblem>(410, ApiProblem.MediaType);
    }

    /// <summary>Answers <c>POST /keys</c>.</summary>
    public static async Task<IResult> PutAsync(HttpContext context, Leader leader, NodeOptions options)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var quorum = leader.Settings.WriteQuorum;
        var (write, problem) = await WriteRequest.ReadAsync(context, options.Limits);
        if (write is not { Key: var key, Value: var value })
        {
            return problem!;
        }

        if (ReadIdempotencyKey(context, out var idempotencyKey) is { } fault)
        {
            return fault;
        }

        var outcome = await leader.WriteAsync(EntryKind.Put, key, value, quorum, idempotencyKey, context.RequestAborted);
        return Answer(outcome, options, key, value, startedAt);
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, Leader leader, NodeOptions options)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var quorum = leader.Settings.WriteQuorum;
        var key = context.GetKey();
        if (key.Length is 0 or > JsonFields.KeyBytesMax)
        {
            return KeyEndpoints.KeyNotFound;
        }

        if (ReadIdempotencyKey(context, out var idempotencyKey) is { } fault)
        {
            return fault;
        }

        var outcome = await leader.WriteAsync(EntryKind.Delete, key, [], quorum, idempotencyKey, context.RequestAborted);
        return Answer(outcome, options, key, null, startedAt);
    }

    private static IResult Answer(WriteOutcome outcome, NodeOptions options, byte[] key, byte[]? value, long startedAt) =>
        outcome switch
        {
            WriteOutcome.Replicated done => new WriteAnswer(done, key, value, options.Followers.Count, Stopwatch.GetElapsedTime(startedAt)),
            WriteOutcome.Unknown unknown => new ApiProblem(
                StatusCodes.Status503ServiceUnavailable,
                $"Write quorum not met. Got {unknown.ReplicatedTo}/{unknown.WriteQuorum} confirmations. {Explain(unknown)}")
            {
                Outcome = Unknown,
                ReplicatedTo = unknown.ReplicatedTo,
                WriteQuorum = unknown.WriteQuorum,
                Version = unknown.Lsn,
                Epoch = unknown.Epoch,
            },
            WriteOutcome.Rejected rejected => ApiProblem.Busy($"{rejected.Reason} Nothing was written.") with { Outcome = Rejected },
            WriteOutcome.KeyNotFound => KeyEndpoints.KeyNotFound,
            WriteOutcome.KeyReused reused => new ApiProblem(
                StatusCodes.Status422UnprocessableEntity,
                $"The Idempotency-Key belongs to another write (version {reused.Lsn}): take a new key for a new write. Nothing was written.")
            {
                Outcome = Rejected,
            },
            _ => throw new UnreachableException(),
        };

    // What a client names a write by, so that sending it again is the same write; see the README.
    private static ApiProblem? ReadIdempotencyKey(HttpContext context, out string? key)
    {
        var header = context.Request.Headers[IdempotencyKeyHeader];
        key = header.Count == 0 ? null : header.ToString().Trim();
        return key is null || (header.Count == 1 && key.Length is > 0 and <= IdempotencyKeyMax && key.All(c => c is > ' ' and < '\x7F'))
            ? null
            : new ApiProblem(
                StatusCodes.Status422UnprocessableEntity,
                $"A write has one Idempotency-Key, of 1 to {IdempotencyKeyMax} visible ASCII characters without spaces. Nothing was written.")
            {
                Outcome = Rejected,
            };
    }

    private static string Explain(WriteOutcome.Unknown unknown) => unknown.Lsn is { } lsn
        ? $"The write is in the leader's log and goes on replicating; GET /writes/{lsn} tells what became of it."
        : $"Whether the write is in the leader's log is not known ({unknown.Reason}): read the key before you write it again.";

    private static IResult ReadStatus(string version, Leader leader, ReplicaStore store)
    {
        if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var lsn) || lsn < 1 || lsn > leader.LastLsn)
        {
            return new ApiProblem(StatusCodes.Status404NotFound, $"No write has version {ApiProblem.Shorten(version)}: the newest is {leader.LastLsn}.");
        }

        if (store.ReadEntry(lsn) is not { Entry: var entry })
        {
            return new ApiProblem(
                StatusCodes.Status410Gone, $"Version {lsn} was cut from the log, which begins at {store.CutLsn + 1}; read its key to see what holds now.");
        }

        var replicatedTo = leader.ReplicatedTo(lsn);
        var info = new WriteStatusInfo(
            lsn, entry.Key.ToStringUtf8(), entry.Kind == EntryKind.Put ? "put" : "delete", replicatedTo, entry.WriteQuorum,
            lsn <= leader.CommitLsn || replicatedTo >= entry.WriteQuorum, entry.Epoch.Counter);
        return Results.Json(info, ApiJson.Shared.WriteStatusInfo);
    }
}
