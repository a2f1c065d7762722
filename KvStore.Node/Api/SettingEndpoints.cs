using KvStore.Node.Configuration;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Api;

/// <summary>What can be changed while the leader runs.</summary>
internal static class SettingEndpoints
{
    /// <summary>Maps <c>/config/quorum</c> and <c>/config/lag</c>.</summary>
    public static void MapSettings(this IEndpointRouteBuilder app)
    {
        app.MapGet("/config/quorum", (Leader leader, NodeOptions options) =>
            Results.Json(new QuorumInfo(leader.Settings.WriteQuorum, options.Followers.Count), ApiJson.Shared.QuorumInfo)).Produces<QuorumInfo>();
        app.MapPost("/config/quorum", ChangeQuorumAsync)
            .WithJsonBody<QuorumBody>().Produces<QuorumChange>()
            .Produces<ApiProblem>(400, ApiProblem.MediaType).Produces<ApiProblem>(422, ApiProblem.MediaType);
        app.MapGet("/config/lag", (Leader leader) => Lag(leader.Settings.Lag)).Produces<LagInfo>();
        app.MapPost("/config/lag", ChangeLagAsync).WithClusterSecret()
            .WithJsonBody<LagInfo>().Produces<LagInfo>()
            .Produces<ApiProblem>(400, ApiProblem.MediaType).Produces<ApiProblem>(422, ApiProblem.MediaType);
    }

    private static async Task<IResult> ChangeQuorumAsync(HttpContext context, Leader leader, NodeOptions options, ILogger<Leader> logger)
    {
        var (fields, problem) = await JsonFields.ReadAsync(context.Request);
        using (fields)
        {
            if (fields?.WholeNumber("quorum") is not { } quorum)
            {
                // The field's own fault is in `errors`; the rule is the same sentence for a wrong number and for no number.
                return (problem ?? fields!.Problem!) with { Detail = Rule(options) };
            }

            if (quorum < 1 || quorum > options.Followers.Count)
            {
                return new ApiProblem(StatusCodes.Status400BadRequest, Rule(options));
            }

            var old = leader.Settings.ChangeQuorum((int)quorum);
            if (old != quorum)
            {
                logger.QuorumChanged(old, (int)quorum);
            }

            return Results.Json(new QuorumChange("updated", old, (int)quorum, options.Followers.Count), ApiJson.Shared.QuorumChange);
        }
    }

    private static string Rule(NodeOptions options) => $"Quorum must be between 1 and {options.Followers.Count}";

    private static async Task<IResult> ChangeLagAsync(HttpContext context, Leader leader, NodeOptions options, ILogger<Leader> logger)
    {
        var (fields, problem) = await JsonFields.ReadAsync(context.Request);
        using (fields)
        {
            var (min, max) = (fields?.WholeNumber("min_delay_ms"), fields?.WholeNumber("max_delay_ms"));
            if (min is null || max is null)
            {
                return problem ?? fields!.Problem!;
            }

            var lag = new SimulatedLag((int)Math.Clamp(min.Value, -1, int.MaxValue), (int)Math.Clamp(max.Value, -1, int.MaxValue));
            if (lag.Fault(options.WriteTimeout) is { } fault)
            {
                return new ApiProblem(StatusCodes.Status400BadRequest, fault);
            }

            if (leader.Settings.ChangeLag(lag) != lag)
            {
                logger.LagChanged(lag.MinMs, lag.MaxMs);
            }

            return Lag(lag);
        }
    }

    private static IResult Lag(SimulatedLag lag) => Results.Json(new LagInfo(lag.MinMs, lag.MaxMs), ApiJson.Shared.LagInfo);
}
