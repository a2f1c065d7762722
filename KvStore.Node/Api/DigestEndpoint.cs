using System.Globalization;
using KvStore.Node.Storage;

namespace KvStore.Node.Api;

/// <summary>A digest of the live keys, by which two stores can be compared without sending either.</summary>
internal static class DigestEndpoint
{
    /// <summary>Maps <c>/replication/digest</c>.</summary>
    public static void MapDigest(this IEndpointRouteBuilder app) => app.MapGet("/replication/digest", Digest)
        .Produces<DigestInfo>().Produces<ApiProblem>(422, ApiProblem.MediaType).Produces<ApiProblem>(503, ApiProblem.MediaType);

    private static IResult Digest(ReplicaStore store, StateStream streams, string? from, string? to, CancellationToken cancellationToken)
    {
        if (!TryRead(from, 1, out var first) || !TryRead(to, long.MaxValue, out var last) || first > last)
        {
            return new ApiProblem(
                StatusCodes.Status422UnprocessableEntity,
                $"from and to must be versions, with 1 <= from <= to; got from={ApiProblem.Shorten(from ?? "")}, to={ApiProblem.Shorten(to ?? "")}.");
        }

        return streams.WithView(() =>
        {
            var digest = store.ComputeDigest(first, last, cancellationToken);
            return Results.Json(new DigestInfo(digest.Watermark, first, to is null ? null : last, digest.Count, digest.Hash), ApiJson.Shared.DigestInfo);
        });
    }

    private static bool TryRead(string? text, long standard, out long lsn)
    {
        lsn = standard;
        return text is null || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out lsn) && lsn > 0);
    }
}
