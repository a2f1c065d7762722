using KvStore.Node.Configuration;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace KvStore.Node.Api;

/// <summary>
/// Writes come by the thousand a second, and are answered before the pipeline that all other calls go through: each of its parts
/// waits for the ones behind it, so an answer wakes them one after the other.
/// </summary>
internal static class HotWrites
{
    private const string Path = "/keys";

    // Traces and metrics take the route from the endpoint.
    private static readonly Endpoint Route = new RouteEndpointBuilder(_ => Task.CompletedTask, RoutePatternFactory.Parse(Path), order: 0).Build();

    /// <summary>Answers <c>POST /keys</c> of a leader; it is mapped as an endpoint as well, for all other ways to write its path.</summary>
    public static void UseHotWrites(this WebApplication app, NodeOptions options)
    {
        if (options.Role == NodeRole.Leader)
        {
            var leader = app.Services.GetRequiredService<Leader>();
            app.Use((context, next) => HttpMethods.IsPost(context.Request.Method) && context.Request.Path.Value == Path
                ? AnswerAsync(context, leader, options, app.Logger)
                : next(context));
        }
    }

    private static async Task AnswerAsync(HttpContext context, Leader leader, NodeOptions options, ILogger logger)
    {
        context.SetEndpoint(Route);
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = options.Limits.RequestBytesMax;
        try
        {
            await (await WriteEndpoints.PutAsync(context, leader, options)).ExecuteAsync(context);
        }
        catch (Exception e) when (Errors.IsClientGone(e, context))
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // Nobody reads it; metrics do.
            }

            context.Abort(); // Or the server would look for the rest of the body, and log that it cannot.
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
