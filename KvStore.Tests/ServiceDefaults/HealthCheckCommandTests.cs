using System.Net;
using System.Net.Sockets;
using System.Text;
using KvStore.ServiceDefaults.Hosting;

namespace KvStore.Tests.ServiceDefaults;

/// <summary>The question of a container's engine, asked by the program itself.</summary>
public sealed class HealthCheckCommandTests
{
    [Theory]
    [InlineData(8000)]
    [InlineData(8080, "HTTP_PORTS=8080")]
    [InlineData(8080, "HTTP_PORTS=8080;8081", "ASPNETCORE_HTTP_PORTS=9000")]
    [InlineData(9000, "ASPNETCORE_HTTP_PORTS=9000")]
    [InlineData(7000, "ASPNETCORE_URLS=http://+:7000", "HTTP_PORTS=8080")]
    [InlineData(7000, "ASPNETCORE_URLS=http://localhost:7000/;http://localhost:7001")]
    [InlineData(8000, "ASPNETCORE_URLS=http://localhost")]
    public void It_asks_the_port_that_the_process_listens_on(int port, params string[] environment)
    {
        var variables = environment.Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

        Assert.Equal(port, HealthCheckCommand.FindPort(variables.GetValueOrDefault, defaultPort: 8000));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{}", 0, "")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n{\"status\":\"unhealthy\"}", 1, "answers 503: {\"status\":\"unhealthy\"}")]
    [InlineData("SSH-2.0-server", 1, "answers no HTTP")]
    [InlineData("", 1, "answers no HTTP")]
    public async Task The_exit_code_is_0_for_an_answer_with_200_alone(string answer, int exitCode, string message)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var error = new StringWriter();
        var check = Task.Run(() => HealthCheckCommand.Run(((IPEndPoint)listener.LocalEndpoint).Port, error));

        using (var client = await listener.AcceptTcpClientAsync())
        {
            var buffer = new byte[1000];
            Assert.StartsWith("GET /health HTTP/1.1", Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer)), StringComparison.Ordinal);
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer));
        }

        Assert.Equal(exitCode, await check);
        Assert.Contains(message, $"{error}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_nobody_listens_on_is_named()
    {
        var port = FreePort.Take();
        var error = new StringWriter();

        Assert.Equal(1, HealthCheckCommand.Run(port, error));
        Assert.StartsWith($"Unhealthy: port {port} does not answer", $"{error}", StringComparison.Ordinal);
    }
}
