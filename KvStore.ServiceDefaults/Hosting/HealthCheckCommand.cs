using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KvStore.ServiceDefaults.Hosting;

/// <summary>
/// Asks the process of this program that runs on this machine whether it is healthy, so that a container needs no other program for
/// that. It is called every few seconds beside each process, so it does no more than open a socket.
/// </summary>
public static class HealthCheckCommand
{
    /// <summary>The argument that asks for it.</summary>
    public const string Name = "--health-check";

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sends <c>GET /health</c> to the first port that <c>HTTP_PORTS</c>, <c>ASPNETCORE_HTTP_PORTS</c> or <c>ASPNETCORE_URLS</c> names,
    /// as the process itself finds its port.
    /// </summary>
    /// <param name="defaultPort">The port when no variable names one.</param>
    /// <param name="error">Gets one line that says what is wrong.</param>
    /// <returns>The exit code: 0 when the answer is 200, otherwise 1.</returns>
    public static int Run(int defaultPort, TextWriter error)
    {
        var port = FindPort(Environment.GetEnvironmentVariable, defaultPort);
        try
        {
            var answer = Ask(port);
            var status = answer.Length >= 12 && answer.StartsWith("HTTP/1.", StringComparison.Ordinal) ? answer[9..12] : "no HTTP";
            if (status == "200")
            {
                return 0;
            }

            error.WriteLine($"Unhealthy: port {port} answers {status}: {answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 1)..].Trim()}");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            error.WriteLine($"Unhealthy: port {port} does not answer: {exception.Message}");
        }

        return 1;
    }

    /// <summary>The port that a process of this environment listens on.</summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="defaultPort">The port when no variable names one.</param>
    public static int FindPort(Func<string, string?> variable, int defaultPort)
    {
        var ports = variable("HTTP_PORTS") ?? variable("ASPNETCORE_HTTP_PORTS");
        var url = (variable("URLS") ?? variable("ASPNETCORE_URLS"))?.Split(';')[0];
        var text = url is { Length: > 0 } ? url[(url.LastIndexOf(':') + 1)..].TrimEnd('/') : ports?.Split(';')[0];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : defaultPort;
    }

    private static string Ask(int port)
    {
        using var client = new TcpClient { SendTimeout = (int)TimeLimit.TotalMilliseconds, ReceiveTimeout = (int)TimeLimit.TotalMilliseconds };
        client.Connect(IPAddress.Loopback, port);
        using var stream = client.GetStream();
        stream.Write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
