using System.Net;
using System.Net.Sockets;
using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Engine;

/// <summary>Gives every endpoint its port, before the first process is started.</summary>
internal static class PortAllocator
{
    // Below the range that operating systems take ports for outgoing connections from (Linux begins at 32768): a port of a
    // stopped resource must still be free when the resource is started again.
    private const int RandomPortMin = 15_000;
    private const int RandomPortEnd = 32_000;

    private static readonly Lock Sync = new();
    private static readonly HashSet<int> Given = [];

    /// <exception cref="DistributedApplicationException">A port is in use, or two endpoints ask for the same one.</exception>
    public static void Allocate(IReadOnlyList<ProjectResource> resources, bool randomize)
    {
        List<string> problems = [];
        Dictionary<int, string> owners = [];
        foreach (var (resource, endpoint) in resources.SelectMany(resource => resource.GetEndpoints().Select(endpoint => (resource, endpoint))))
        {
            var owner = Describe(resource, endpoint);
            if (endpoint.Port is not { } port || randomize)
            {
                endpoint.Allocate(TakeFreePort());
            }
            else if (!owners.TryAdd(port, owner))
            {
                problems.Add($"Port {port} is asked for twice, by {owners[port]} and by {owner}. Give one of them another port.");
            }
            else if (!IsFree(port))
            {
                problems.Add($"Port {port} of resource {owner} is in use. Stop the process that has it; to find it: {FindOwnerCommand(port)}");
            }
            else
            {
                endpoint.Allocate(port);
            }
        }

        if (problems.Count > 0)
        {
            throw new DistributedApplicationException(string.Join(Environment.NewLine, problems));
        }
    }

    /// <summary>A port that nobody listens on and that this process has given to nobody else.</summary>
    public static int TakeFreePort()
    {
        lock (Sync)
        {
            while (true)
            {
                var port = Random.Shared.Next(RandomPortMin, RandomPortEnd);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }
    }

    private static string Describe(ProjectResource resource, EndpointAnnotation endpoint) =>
        endpoint.IsNamed(EndpointAnnotation.DefaultName) ? $"'{resource.Name}'" : $"'{resource.Name}' (endpoint '{endpoint.Name}')";

    // "localhost" is both addresses.
    private static bool IsFree(int port) =>
        IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException exception)
        {
            // A machine may know IPv6 and yet have no such loopback address; then nobody listens there either.
            return exception.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }

    private static string FindOwnerCommand(int port) =>
        OperatingSystem.IsWindows() ? $"netstat -ano | findstr :{port}"
        : OperatingSystem.IsMacOS() ? $"lsof -nP -iTCP:{port} -sTCP:LISTEN"
        : $"ss -ltnp 'sport = :{port}'";
}
