using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KvStore.Node.Api;

/// <summary>
/// What the OpenAPI document cannot see by itself, because the node reads it by itself: the key in a path, JSON bodies, the secret.
/// (<c>Accepts</c> would do for a body, but routing acts on it too, and answers 415 where the contract says 422.)
/// </summary>
internal static class Documented
{
    private const string ClusterSecret = "cluster-secret";

    /// <summary>Adds the document at <c>/openapi/v1.json</c>.</summary>
    public static void AddDocument(this IServiceCollection services) => services.AddOpenApi(options => options
        .AddDocumentTransformer(Describe)
        .AddSchemaTransformer(LeaveOutWhatMayBeAbsent));

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info.Title = "KvStore";
        document.Info.Description = "A node of a replicated key-value store. Errors are problem details (RFC 9457) with one sentence in `detail`.";
        document.Components ??= new OpenApiComponents();
        document.AddComponent(ClusterSecret, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "CLUSTER_SECRET; a node without one lets everybody in.",
        });
        return Task.CompletedTask;
    }

    // A member without a value is left out of an answer.
    private static Task LeaveOutWhatMayBeAbsent(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var member in context.JsonTypeInfo.Properties.Where(member => member.IsGetNullable))
        {
            schema.Required?.Remove(member.Name);
        }

        return Task.CompletedTask;
    }

    /// <summary>The endpoint lets only those in who have the cluster secret; see <see cref="ClusterSecretFilter"/>.</summary>
    public static RouteHandlerBuilder WithClusterSecret(this RouteHandlerBuilder endpoint) => endpoint.AddEndpointFilterFactory(ClusterSecretFilter.Before)
        .Produces<ApiProblem>(401, ApiProblem.MediaType)
        .AddOpenApiOperationTransformer((operation, context, _) =>
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ClusterSecret, context.Document)] = [] }];
            return Task.CompletedTask;
        });

    /// <summary>The endpoint takes the key out of the path; see <see cref="KeyInPath"/>.</summary>
    public static RouteHandlerBuilder WithKeyInPath(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces<ApiProblem>(400, ApiProblem.MediaType).AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "key",
                In = ParameterLocation.Path,
                Required = true,
                Description = "The key: any text, percent-encoded once.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });

    /// <summary>The endpoint takes an <c>Idempotency-Key</c>.</summary>
    public static RouteHandlerBuilder WithIdempotencyKey(this RouteHandlerBuilder endpoint) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = WriteEndpoints.IdempotencyKeyHeader,
                In = ParameterLocation.Header,
                Description = "Names the write: sent again with the same key, it is the same write, and is made once.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = WriteEndpoints.IdempotencyKeyMax },
            });
            return Task.CompletedTask;
        });

    /// <summary>The endpoint reads a JSON object of the shape of <typeparamref name="TBody"/>; see <see cref="JsonFields"/>.</summary>
    public static RouteHandlerBuilder WithJsonBody<TBody>(this RouteHandlerBuilder endpoint) =>
        endpoint.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) => operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(TBody), cancellationToken: cancellationToken) },
            },
        });
}
