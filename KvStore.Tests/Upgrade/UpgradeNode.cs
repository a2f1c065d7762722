using System.Collections.Concurrent;
using System.Diagnostics;

namespace KvStore.Tests.Upgrade;

/// <summary>One node as a process, of whichever build.</summary>
internal sealed class UpgradeNode : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _output = [];
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="program">The node's program.</param>
    /// <param name="variables">What it finds in its environment beside what is here already.</param>
    public UpgradeNode(string program, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KVSTORE_STOP_ON_STDIN_EOF"] = "true", ["OTEL_TRACES_SAMPLER"] = "always_off" },
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it printed.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Stops it in good order, as SIGTERM does.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(StopLimit);
        Assert.True(_process.ExitCode == 0, $"A node ended with {_process.ExitCode}:{Environment.NewLine}{Output}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
        {
            _output.Enqueue(text);
        }
    }
}
