using System.Text;
using KvStore.Node.Configuration;
using KvStore.Node.Storage;

namespace KvStore.Node.Api;

/// <summary>Reads, the same on every node.</summary>
internal static class KeyEndpoints
{
    /// <summary>Maps the reads.</summary>
    public static void MapKeys(this IEndpointRouteBuilder app)
    {
        app.MapGet("/keys", (StateStream state, HttpContext context) => state.WriteKeysAsync(context))
            .Produces<KeysInfo>().Produces<ApiProblem>(503, ApiProblem.MediaType);
        app.MapGet("/keys/{key}", Read).WithKeyInPath()
            .Produces<KeyInfo>().Produces<ApiProblem>(404, ApiProblem.MediaType);
        app.MapGet("/state", (StateStream state, NodeOptions options, HttpContext context) =>
                state.WriteStateAsync(context, options.Role == NodeRole.Follower ? options.NodeId : null))
            .Produces<StateInfo>().Produces<ApiProblem>(503, ApiProblem.MediaType);
    }

    /// <summary>What a read or a delete of a key without a value is told.</summary>
    public static ApiProblem KeyNotFound { get; } = new(StatusCodes.Status404NotFound, "Key not found");

    private static IResult Read(HttpContext context, ReplicaStore store)
    {
        var key = context.GetKey();
        return store.Read(key) is { } found
            ? Results.Json(new KeyInfo(Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(found.Value), found.Lsn), ApiJson.Shared.KeyInfo)
            : KeyNotFound;
    }
}
