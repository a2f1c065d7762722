using KvStore.Node.Configuration;
using Microsoft.Extensions.ServiceDiscovery;

namespace KvStore.Node.Api;

/// <summary>The addresses of other nodes as a client can use them: service names resolved.</summary>
internal sealed class NodeAddresses(NodeOptions options, ServiceEndpointResolver resolver)
{
    /// <summary>One address a follower, in the order of <c>FOLLOWERS</c>; the name as configured where it resolves to nothing.</summary>
    public async Task<IReadOnlyList<string>> FollowersAsync(CancellationToken cancellationToken)
    {
        var addresses = new List<string>();
        foreach (var follower in options.Followers)
        {
            addresses.Add(await ResolveAsync(follower, cancellationToken));
        }

        return addresses;
    }

    /// <summary>The leader's address; null where <c>LEADER</c> is not set.</summary>
    public async Task<string?> LeaderAsync(CancellationToken cancellationToken) =>
        options.Leader is { } leader ? await ResolveAsync(leader, cancellationToken) : null;

    private async Task<string> ResolveAsync(Uri node, CancellationToken cancellationToken)
    {
        var configured = node.GetLeftPart(UriPartial.Authority);
        var found = await resolver.GetEndpointsAsync(configured, cancellationToken);
        if (found.Endpoints is not [var first, ..] || first.ToString() is not { } endpoint)
        {
            return configured;
        }

        return (endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{node.Scheme}://{endpoint}").TrimEnd('/');
    }
}
