using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using KvStore.Tests.Storage;

namespace KvStore.Tests.Api;

/// <summary>The node as a program: what the person at the console sees.</summary>
public sealed partial class NodeProgramTests
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_port_that_is_taken_ends_it_with_one_sentence_and_no_stack_trace()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "KvStore.Node.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["NODE_ROLE"] = "follower",
                ["NODE_ID"] = "follower1",
                ["LEADER"] = "http://leader.example:8000",
                ["DATA_DIR"] = folder.Path,
                ["ASPNETCORE_URLS"] = url,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
            },
        };
        using var node = Process.Start(start)!;
        try
        {
            var output = node.StandardOutput.ReadToEndAsync();
            var error = node.StandardError.ReadToEndAsync();
            await node.WaitForExitAsync().WaitAsync(EndLimit);

            Assert.Equal(1, node.ExitCode);
            Assert.Matches($"^The node cannot start.\\s+Failed to bind to address {Regex.Escape(url)}: address already in use\\.\\s*$", await error);
            Assert.DoesNotMatch(StackFrame(), await output);
        }
        finally
        {
            node.Kill();
        }
    }

    [GeneratedRegex(@"\bat [\w.]+\(")]
    private static partial Regex StackFrame();
}
