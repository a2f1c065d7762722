using KvStore.Node.Configuration;
using KvStore.Node.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Node.Api;

/// <summary>Makes problem details of whatever an endpoint did not answer itself.</summary>
internal static class Errors
{
    /// <summary>Answers exceptions, unknown paths and wrong methods.</summary>
    public static void UseProblemDetails(this IApplicationBuilder app, NodeOptions options)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = context => FromException(context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error, options).ExecuteAsync(context),
            // A failed disk was logged once, and /health says it.
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException || IsClientGone(context.Exception, context.HttpContext)
                || (context.Exception is StorageException && context.HttpContext.RequestServices.GetRequiredService<ReplicaStore>().Failure is not null),
        });
        app.UseStatusCodePages(async page => await (await FromStatusAsync(page.HttpContext, options)).ExecuteAsync(page.HttpContext));
    }

    /// <summary>What a request's client is told of an exception.</summary>
    public static ApiProblem FromException(Exception exception, NodeOptions options) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => WriteRequest.TooLarge(options.Limits, length: null),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new ApiProblem(
            StatusCodes.Status408RequestTimeout, "The request's body came too slowly to be waited for: send it again, at once."),
        BadHttpRequestException bad => new ApiProblem(
            bad.StatusCode, $"The request is no valid HTTP ({bad.Message.TrimEnd('.')}): mend it before you send it again."),
        ConnectionResetException => new ApiProblem(StatusCodes.Status499ClientClosedRequest, "The client has closed its connection."),
        StorageException storage => ApiProblem.Busy(storage.Message),
        _ => new ApiProblem(StatusCodes.Status500InternalServerError, "The node failed to answer; its log says why."),
    };

    /// <summary>Whether an exception says no more than that the client has gone away in the middle of its request.</summary>
    public static bool IsClientGone(Exception exception, HttpContext context) => exception is ConnectionResetException
        || (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested);

    private static async Task<ApiProblem> FromStatusAsync(HttpContext context, NodeOptions options)
    {
        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                return new ApiProblem(StatusCodes.Status404NotFound, "Not Found");
            case StatusCodes.Status405MethodNotAllowed:
                // A write that came to a follower is told where the leader is.
                var isWrite = options.Role == NodeRole.Follower && context.Request.Path.StartsWithSegments("/keys");
                return new ApiProblem(StatusCodes.Status405MethodNotAllowed, "Method Not Allowed")
                {
                    Leader = isWrite ? await context.RequestServices.GetRequiredService<NodeAddresses>().LeaderAsync(context.RequestAborted) : null,
                };
            case var status:
                return new ApiProblem(status, $"The request could not be served ({status}).");
        }
    }
}
