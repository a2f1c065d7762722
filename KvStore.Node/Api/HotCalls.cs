using KvStore.Node.Configuration;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Follower;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace KvStore.Node.Api;

/// <summary>
/// Calls that come by the thousand a second, answered before the pipeline that all others go through. Each of its parts waits
/// for the ones behind it, so an answer wakes them one after the other.
/// </summary>
internal static class HotCalls
{
    /// <summary>Puts the node's own ones there; each is mapped as an endpoint as well, for all other ways to write its path.</summary>
    public static void UseHotCalls(this WebApplication app, NodeOptions options)
    {
        if (options.Role == NodeRole.Leader)
        {
            var leader = app.Services.GetRequiredService<Leader>();
            app.UseHotCall("/keys", options.Limits.RequestBytesMax, _ => true, context => WriteEndpoints.PutAsync(context, leader, options), options);
        }
    }

    private static void UseHotCall(
        this WebApplication app, string path, long bodyBytesMax, Func<HttpRequest, bool> takes, Func<HttpContext, Task<IResult>> answer, NodeOptions options)
    {
        // Traces and metrics take the route from the endpoint.
        var endpoint = new RouteEndpointBuilder(_ => Task.CompletedTask, RoutePatternFactory.Parse(path), order: 0).Build();
        app.Use((context, next) =>
        {
            var isHot = HttpMethods.IsPost(context.Request.Method) && context.Request.Path.Value == path && takes(context.Request);
            return isHot ? AnswerAsync(context, endpoint, bodyBytesMax, answer, options, app.Logger) : next(context);
        });
    }

    private static async Task AnswerAsync(
        HttpContext context, Endpoint endpoint, long bodyBytesMax, Func<HttpContext, Task<IResult>> answer, NodeOptions options, ILogger logger)
    {
        context.SetEndpoint(endpoint);
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = bodyBytesMax;
        try
        {
            await (await answer(context)).ExecuteAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // Nobody reads it; metrics do.
            }
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            if (e is not (BadHttpRequestException or StorageException))
            {
                logger.RequestFailed(context.Request.Path, e);
            }

            await Errors.FromException(e, options).ExecuteAsync(context);
        }
    }
}
