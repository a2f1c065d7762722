using KvStore.Node.Configuration;
using Microsoft.Extensions.ServiceDiscovery;

namespace KvStore.Node.Api;

/// <summary>The followers' addresses as a client can use them: service names resolved.</summary>
internal sealed class FollowerAddresses(NodeOptions options, ServiceEndpointResolver resolver)
{
    /// <summary>One address a follower, in the order of <c>FOLLOWERS</c>; the name as configured where it resolves to nothing.</summary>
    public async Task<IReadOnlyList<string>> ResolveAsync(CancellationToken cancellationToken)
    {
        var addresses = new List<string>();
        foreach (var follower in options.Followers)
        {
            var configured = follower.GetLeftPart(UriPartial.Authority);
            var found = await resolver.GetEndpointsAsync(configured, cancellationToken);
            addresses.Add(found.Endpoints is [var first, ..] && first.ToString() is { } endpoint ? Complete(endpoint, follower) : configured);
        }

        return addresses;
    }

    private static string Complete(string endpoint, Uri follower) =>
        (endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{follower.Scheme}://{endpoint}").TrimEnd('/');
}
