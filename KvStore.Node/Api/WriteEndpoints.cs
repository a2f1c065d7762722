using System.Diagnostics;
using System.Text;
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

    // A 1 MiB value whose every byte is escaped as \u00XX, with its key.
    private const long BodyBytesMax = 8 << 20;

    /// <summary>Maps the writes.</summary>
    public static void MapWrites(this IEndpointRouteBuilder app)
    {
        app.MapPost("/keys", PutAsync).WithMetadata(new BodySizeLimit(BodyBytesMax))
            .WithJsonBody<WriteBody>().Produces<WriteInfo>()
            .Produces<ApiProblem>(413, ApiProblem.MediaType).Produces<ApiProblem>(422, ApiProblem.MediaType).Produces<ApiProblem>(503, ApiProblem.MediaType);
        app.MapDelete("/keys/{key}", DeleteAsync).WithKeyInPath()
            .Produces<WriteInfo>().Produces<ApiProblem>(404, ApiProblem.MediaType).Produces<ApiProblem>(503, ApiProblem.MediaType);
        app.MapGet("/writes/{version}", ReadStatus)
            .Produces<WriteStatusInfo>().Produces<ApiProblem>(404, ApiProblem.MediaType);
    }

    private static async Task<IResult> PutAsync(HttpContext context, Leader leader, NodeOptions options)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var quorum = leader.Settings.WriteQuorum;
        var (fields, problem) = await JsonFields.ReadAsync(context.Request);
        if (fields is null)
        {
            return problem!;
        }

        using (fields)
        {
            var (key, value) = (fields.Key("key"), fields.Value("value"));
            if (key is null || value is null)
            {
                return fields.Problem!;
            }

            var outcome = await leader.WriteAsync(EntryKind.Put, key, value, quorum, context.RequestAborted);
            return Answer(outcome, leader, options, quorum, Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(value), startedAt);
        }
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

        var outcome = await leader.WriteAsync(EntryKind.Delete, key, [], quorum, context.RequestAborted);
        return Answer(outcome, leader, options, quorum, Encoding.UTF8.GetString(key), null, startedAt);
    }

    private static IResult Answer(WriteOutcome outcome, Leader leader, NodeOptions options, int quorum, string key, string? value, long startedAt) =>
        outcome switch
        {
            WriteOutcome.Replicated done => Results.Json(
                new WriteInfo(
                    "success", key, value, done.ReplicatedTo, options.Followers.Count, quorum,
                    Math.Round(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, 6), done.Lsn, leader.Epoch.Counter),
                ApiJson.Shared.WriteInfo),
            WriteOutcome.Unknown unknown => new ApiProblem(
                StatusCodes.Status503ServiceUnavailable,
                $"Write quorum not met. Got {unknown.ReplicatedTo}/{quorum} confirmations. {Explain(unknown)}")
            {
                Outcome = Unknown,
                ReplicatedTo = unknown.ReplicatedTo,
                WriteQuorum = quorum,
                Version = unknown.Lsn,
                Epoch = leader.Epoch.Counter,
            },
            WriteOutcome.Rejected rejected => ApiProblem.Busy($"{rejected.Reason} Nothing was written.") with { Outcome = Rejected },
            WriteOutcome.KeyNotFound => KeyEndpoints.KeyNotFound,
            _ => throw new UnreachableException(),
        };

    private static string Explain(WriteOutcome.Unknown unknown) => unknown.Lsn is { } lsn
        ? $"The write is in the leader's log and goes on replicating; GET /writes/{lsn} tells what became of it."
        : $"Whether the write is in the leader's log is not known ({unknown.Reason}): read the key before you write it again.";

    private static IResult ReadStatus(string version, Leader leader, ReplicaStore store)
    {
        if (!long.TryParse(version, out var lsn) || lsn < 1 || lsn > leader.LastLsn || store.ReadEntry(lsn) is not { Entry: var entry })
        {
            return new ApiProblem(StatusCodes.Status404NotFound, $"No write has version {version}: the newest is {leader.LastLsn}.");
        }

        var replicatedTo = leader.ReplicatedTo(lsn);
        var info = new WriteStatusInfo(
            lsn, entry.Key.ToStringUtf8(), entry.Kind == EntryKind.Put ? "put" : "delete", replicatedTo, entry.WriteQuorum,
            lsn <= leader.CommitLsn || replicatedTo >= entry.WriteQuorum, entry.Epoch.Counter);
        return Results.Json(info, ApiJson.Shared.WriteStatusInfo);
    }
}
