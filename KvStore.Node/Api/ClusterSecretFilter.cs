using System.Security.Cryptography;
using System.Text;
using KvStore.Node.Configuration;

namespace KvStore.Node.Api;

/// <summary>Lets only those in who have the cluster secret. Where none is configured, everybody has it.</summary>
internal sealed class ClusterSecretFilter(NodeOptions options)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _secret = options.ClusterSecret is { } secret ? Encoding.UTF8.GetBytes(secret) : null;

    /// <summary>Puts the filter before an endpoint.</summary>
    /// <remarks>A filter that is named by its type costs each node's start 50 ms: its factory is compiled, after an exception.</remarks>
    public static EndpointFilterDelegate Before(EndpointFilterFactoryContext endpoint, EndpointFilterDelegate next)
    {
        var filter = new ClusterSecretFilter(endpoint.ApplicationServices.GetRequiredService<NodeOptions>());
        return async context => filter.Refuse(context.HttpContext) is { } refusal ? refusal : await next(context);
    }

    private ApiProblem? Refuse(HttpContext context)
    {
        if (_secret is null || IsRight(context.Request.Headers.Authorization.ToString()))
        {
            return null;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return new ApiProblem(
            StatusCodes.Status401Unauthorized, "This call needs the cluster secret: send it as 'Authorization: Bearer <CLUSTER_SECRET>'.");
    }

    private bool IsRight(string header) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()), _secret);
}
