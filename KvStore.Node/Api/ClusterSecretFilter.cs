using System.Security.Cryptography;
using System.Text;
using KvStore.Node.Configuration;

namespace KvStore.Node.Api;

/// <summary>Lets only those in who have the cluster secret. Where none is configured, everybody has it.</summary>
internal sealed class ClusterSecretFilter(NodeOptions options) : IEndpointFilter
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _secret = options.ClusterSecret is { } secret ? Encoding.UTF8.GetBytes(secret) : null;

    /// <inheritdoc />
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        Refuse(context.HttpContext) is { } refusal ? refusal : await next(context);

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
